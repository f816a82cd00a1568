import { describe, expect, test } from 'vitest';
import { runExample, typeErrors, writeExamples } from './lib/examples.ts';
import { koreanReadme, pages } from './lib/pages.ts';

// The Korean README has the same code blocks (korean.test.ts).
const examples = writeExamples(pages.filter((page) => page !== koreanReadme));

describe('examples of the documentation', () => {
  test('have no type errors', () => {
    expect(typeErrors(examples)).toEqual([]);
  });

  test.each(examples)('$name prints what its comments say', async (example) => {
    expect(await runExample(example)).toEqual(example.expectedOutput);
  });
});
