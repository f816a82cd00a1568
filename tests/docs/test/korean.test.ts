import { describe, expect, test } from 'vitest';
import { codeBlocks, headings, links, tableRows } from './lib/markdown.ts';
import { koreanReadme, readme } from './lib/pages.ts';

const benchmarkOf = (page: string) =>
  /<!-- benchmark:begin -->\n([\s\S]*)<!-- benchmark:end -->/.exec(page)?.[1];

/** The numbers of each table row; the words are translated. */
const numbersOf = (page: string) => tableRows(page).map((cells) => cells.join(' ').match(/\d[\d.,]*/g) ?? []);

describe('README.ko.md', () => {
  test('has the same heading levels as README.md', () => {
    const levels = (page: string) => headings(page).map(({ level }) => level);
    expect(levels(koreanReadme.text)).toEqual(levels(readme.text));
  });

  test('has the same code blocks as README.md', () => {
    const code = (page: string) => codeBlocks(page).map(({ language, code }) => ({ language, code }));
    expect(code(koreanReadme.text)).toEqual(code(readme.text));
  });

  test('has the same links as README.md, to pages and pictures in Korean where there are such, apart from the link to the other language', () => {
    const others = (page: string) =>
      links(page)
        .filter((target) => !/^README(\.ko)?\.md$/.test(target))
        .map((target) => target.replace(/\.ko\.md$/, '.md').replace(/-ko-(?=[a-z]+\.webp$)/, '-en-'));
    expect(others(koreanReadme.text)).toEqual(others(readme.text));
  });

  test('has the same numbers in its tables as README.md', () => {
    expect(numbersOf(koreanReadme.text)).toEqual(numbersOf(readme.text));
  });
});

describe.each([readme, koreanReadme])('benchmark table of $path', ({ text }) => {
  test('has rows, and names the machine and the date below them', () => {
    const benchmark = benchmarkOf(text) ?? '';
    expect(tableRows(benchmark).length).toBeGreaterThan(3);
    expect(benchmark).toMatch(/\d+ cores, Node \d+.*\d{4}-\d{2}-\d{2}/);
  });
});

test('both READMEs have the same benchmark rows', () => {
  const rows = (page: string) => tableRows(benchmarkOf(page) ?? '');
  expect(rows(koreanReadme.text)).toEqual(rows(readme.text));
});
