import { statSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { inRoot } from '../../../scripts/lib/paths.mjs';
import { sizes } from '../../../scripts/lib/sizes.mjs';
import { tableRows } from './lib/markdown.ts';
import { koreanReadme, pages, readme } from './lib/pages.ts';

/** The sizes in the tables of a README, in bytes, in document order. */
const statedSizes = (page: string): number[] =>
  tableRows(page).flatMap((cells) => {
    const [, kib] = /^([\d.]+) KiB$/.exec(cells.at(-1) ?? '') ?? [];
    return kib === undefined ? [] : [Number(kib) * 1024];
  });

describe.each([readme, koreanReadme])('sizes in $path', ({ text }) => {
  test('match the measured sizes within 15 %', async () => {
    const measured = await sizes();
    const stated = statedSizes(text);
    expect(stated).toHaveLength(measured.length);
    for (const [i, { bytes, text: line }] of measured.entries()) {
      expect(Math.abs(stated[i]! / bytes - 1), `${line}; the README says ${stated[i]} bytes`).toBeLessThan(
        0.15,
      );
    }
  });
});

test('the size of the workers’ script in docs/environments.md is that of the file within 5 %', () => {
  const { text } = pages.find(({ path }) => path === 'docs/environments.md')!;
  const [, kib] = /the script, (\d+) KiB before compression/.exec(text) ?? [];
  const { size } = statSync(inRoot('packages/worker/dist/bundle/worker.js'));
  expect(Math.abs((Number(kib) * 1024) / size - 1), `${Math.round(size / 1024)} KiB`).toBeLessThan(0.05);
});
