import { expect, it } from 'vitest';
import { platform } from './browser.ts';

it('says what to do where there are no workers', () => {
  // Node has no global of that name, as service workers have none.
  expect(() => platform.spawn()).toThrow(
    expect.objectContaining({
      name: 'WorkerError',
      reason: 'died',
      message: expect.stringContaining('load the model by the same function of @headwise/core'),
    }),
  );
});
