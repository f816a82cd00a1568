import { describe, expect, test } from 'vitest';
import { sizes } from '../../../scripts/lib/sizes.mjs';
import { tableRows } from './lib/markdown.ts';
import { koreanReadme, readme } from './lib/pages.ts';

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
