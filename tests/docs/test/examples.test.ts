import { describe, expect, test } from 'vitest';
import { runExample, typeErrors, writeExamples } from './lib/examples.ts';
import { pages } from './lib/pages.ts';

// Korean pages have the same code blocks as the English ones (korean.test.ts).
const examples = writeExamples(pages.filter(({ path }) => !path.endsWith('.ko.md')));

describe('examples of the documentation', () => {
  test('have no type errors', () => {
    expect(typeErrors(examples)).toEqual([]);
  });

  test.each(examples)('$name prints what its comments say', async (example) => {
    expect(await runExample(example)).toEqual(example.expectedOutput);
  });
});
