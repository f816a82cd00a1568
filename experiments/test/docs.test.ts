import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { DataRow } from '../src/commands/data.ts';
import { experiments } from '../src/experiments/index.ts';
import { documentsOf, readResults, resultsPath } from '../src/lab/experiment.ts';

const inRoot = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const results = JSON.parse(inRoot('experiments/results/data.json')) as DataRow[];
const counts = results.map(({ train, validation, test }) => [train, validation, test]);

/** The numbers of the first table of a page. */
function firstTable(page: string): number[][] {
  const rows = /\n\| --- \|.*\n((?:\|.*\n)+)/.exec(page)![1]!.trim().split('\n');
  return rows.map((row) =>
    row
      .split('|')
      .slice(2, 5)
      .map((cell) => Number(cell.trim().replaceAll(',', ''))),
  );
}

const headings = (page: string) => page.match(/^#+ /gm);
const code = (page: string) => page.match(/```[\s\S]*?```/g);

test.each(['docs/experiments.md', 'docs/experiments.ko.md'])(
  '%s has the counts of the committed results',
  (path) => {
    expect(firstTable(inRoot(path))).toEqual(counts);
  },
);

test('the page in Korean has the headings and the code of the one in English', () => {
  const [english, korean] = [inRoot('docs/experiments.md'), inRoot('docs/experiments.ko.md')];
  expect(headings(korean)).toEqual(headings(english));
  expect(code(korean)).toEqual(code(english));
});

const reported = experiments.filter(({ name }) => existsSync(resultsPath(name)));

test.each(reported.map((experiment) => [experiment.name, experiment] as const))(
  'the tables and figures of %s are those of its committed results',
  (name, experiment) => {
    for (const [path, contents] of documentsOf(experiment, readResults(name).result))
      expect(readFileSync(path, 'utf8')).toBe(contents);
  },
);

test('no figure of the documentation is larger than 60 KB', () => {
  const folder = new URL('../../docs/figures/', import.meta.url);
  for (const name of readdirSync(folder))
    expect(statSync(new URL(name, folder)).size, name).toBeLessThan(60_000);
});
