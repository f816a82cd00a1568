import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { inRoot } from '../../../scripts/lib/paths.mjs';
import { anchorOf, codeBlocks, headings, links, tableRows } from './lib/markdown.ts';
import { koreanReadme, type Page, pages, readme } from './lib/pages.ts';

const benchmarkOf = (page: string) =>
  /<!-- benchmark:begin -->\n([\s\S]*)<!-- benchmark:end -->/.exec(page)?.[1];

/** The numbers of each table row; the words are translated. */
const numbersOf = (page: string) => tableRows(page).map((cells) => cells.join(' ').match(/\d[\d.,]*/g) ?? []);

/** The path of the same page in English; the path itself if it is in English. */
const englishOf = (path: string) => path.replace(/\.ko\.md$/, '.md');

/** Links of a page in the terms of the English one: anchors of translated pages are the places of their headings. */
function linksOf({ path, text }: Page): string[] {
  return links(text).flatMap((target) => {
    const [file = '', anchor] = target.split('#');
    const page = file === '' ? path : join(dirname(path), file).replaceAll('\\', '/');
    // To the page in the other language.
    if (page !== path && englishOf(page) === englishOf(path)) return [];
    const english = englishOf(page).replace(/-ko-(?=[a-z]+\.webp$)/, '-en-');
    if (anchor === undefined) return [english];
    const isTranslated = pages.some((other) => other.path === english.replace(/\.md$/, '.ko.md'));
    const anchors = headings(readFileSync(inRoot(page), 'utf8')).map(anchorOf);
    return [`${english}#${isTranslated ? anchors.indexOf(anchor) : anchor}`];
  });
}

/** Korean pages that are translations sentence by sentence. docs/experiments.ko.md has results that are written into both. */
const translated = [koreanReadme, pages.find(({ path }) => path === 'docs/getting-started.ko.md')!];

describe.each(translated)('$path', (korean) => {
  const english = pages.find(({ path }) => path === englishOf(korean.path))!;

  test('has the same heading levels as the English page', () => {
    const levels = (page: Page) => headings(page.text).map(({ level }) => level);
    expect(levels(korean)).toEqual(levels(english));
  });

  test('has the same code blocks as the English page', () => {
    const code = ({ text }: Page) => codeBlocks(text).map(({ language, code }) => ({ language, code }));
    expect(code(korean)).toEqual(code(english));
  });

  test('has the same links as the English page, to pages and pictures in Korean where there are such', () => {
    expect(linksOf(korean)).toEqual(linksOf(english));
    const targets = links(korean.text).map((target) => join(dirname(korean.path), target.split('#')[0]!));
    const hasKorean = (path: string) => pages.some((page) => page.path === path.replace(/\.md$/, '.ko.md'));
    expect(targets.filter((path) => path !== english.path && hasKorean(path))).toEqual([]);
  });

  test('has the same numbers in its tables as the English page', () => {
    expect(numbersOf(korean.text)).toEqual(numbersOf(english.text));
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
