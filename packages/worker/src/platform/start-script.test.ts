import { expect, it } from 'vitest';
import { WorkerError } from '../errors.ts';
import { startScript } from './start-script.ts';

const failure = (cause: unknown, url?: string) => {
  try {
    startScript(url, () => {
      throw cause;
    });
  } catch (error) {
    return error;
  }
  return undefined;
};

it.each([
  [
    'a permission of Node',
    Object.assign(new Error('Access denied'), { code: 'ERR_ACCESS_DENIED' }),
    'add --allow-worker (Access denied)',
  ],
  [
    'Trusted Types',
    new TypeError("This document requires 'TrustedScriptURL' assignment."),
    'add one that is named default',
  ],
  ['nothing else', new TypeError('Invalid URL'), 'pass the option { workerUrl }'],
])('an error of the platform names what to add: %s', (_, cause, line) => {
  const error = failure(cause);
  expect(error).toBeInstanceOf(WorkerError);
  expect(error).toMatchObject({ reason: 'died', cause, message: expect.stringContaining(line) });
});

it('names the script that was given', () => {
  expect(failure(new Error('no'), '/worker.js')).toMatchObject({
    message: 'its script could not be loaded from /worker.js (workerUrl) (no)',
  });
});
