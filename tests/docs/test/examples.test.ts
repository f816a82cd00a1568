import { describe, expect, test } from 'vitest';
import { runExample, typeErrors, writeExamples } from './lib/examples.ts';
import { koreanReadme, pages } from './lib/pages.ts';

// The Korean README has the same examples, which another test sees to.
const examples = writeExamples(pages.filter((page) => page !== koreanReadme));

describe('an example of the documentation', () => {
  test('has no type errors', () => {
    expect(typeErrors(examples)).toEqual([]);
  });

  test.each(examples)('runs and prints what it says: $name', async (example) => {
    expect(await runExample(example)).toEqual(example.prints);
  });
});
