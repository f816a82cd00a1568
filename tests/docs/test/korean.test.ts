import { describe, expect, test } from 'vitest';
import { codeBlocks, headings, links, tableRows } from './lib/markdown.ts';
import { koreanReadme, readme } from './lib/pages.ts';

const benchmarkOf = (page: string) =>
  /<!-- benchmark:begin -->\n([\s\S]*)<!-- benchmark:end -->/.exec(page)?.[1];

/** A table's numbers; its words are translated. */
const numbersOf = (page: string) => tableRows(page).map((cells) => cells.join(' ').match(/\d[\d.,]*/g) ?? []);

describe('the Korean README keeps in step with the English one', () => {
  test('in its headings', () => {
    const levels = (page: string) => headings(page).map(({ level }) => level);
    expect(levels(koreanReadme.text)).toEqual(levels(readme.text));
  });

  test('in its code', () => {
    const code = (page: string) => codeBlocks(page).map(({ language, code }) => ({ language, code }));
    expect(code(koreanReadme.text)).toEqual(code(readme.text));
  });

  test('in its links, other than the one to the other language', () => {
    const others = (page: string) => links(page).filter((target) => !/^README(\.ko)?\.md$/.test(target));
    expect(others(koreanReadme.text)).toEqual(others(readme.text));
  });

  test('in its figures', () => {
    expect(numbersOf(koreanReadme.text)).toEqual(numbersOf(readme.text));
  });
});

describe.each([readme, koreanReadme])('the benchmark in $path', ({ text }) => {
  test('is a measured table with the machine under it', () => {
    const benchmark = benchmarkOf(text) ?? '';
    expect(tableRows(benchmark).length).toBeGreaterThan(3);
    expect(benchmark).toMatch(/\d+ cores, Node \d+.*\d{4}-\d{2}-\d{2}/);
  });
});

test('both READMEs show the same measurements', () => {
  const rows = (page: string) => tableRows(benchmarkOf(page) ?? '');
  expect(rows(koreanReadme.text)).toEqual(rows(readme.text));
});
