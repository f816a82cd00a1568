import { describe, expect, test } from 'vitest';
import { sizes } from '../../../scripts/lib/sizes.mjs';
import { tableRows } from './lib/markdown.ts';
import { koreanReadme, readme } from './lib/pages.ts';

/** The sizes that a README states, in bytes, in its order. */
const stated = (page: string): number[] =>
  tableRows(page).flatMap((cells) => {
    const [, kib] = /^([\d.]+) KiB$/.exec(cells.at(-1) ?? '') ?? [];
    return kib === undefined ? [] : [Number(kib) * 1024];
  });

describe.each([readme, koreanReadme])('the sizes in $path', ({ text }) => {
  test('are those of the packages, within 15 %', async () => {
    const measured = await sizes();
    const claims = stated(text);
    expect(claims).toHaveLength(measured.length);
    for (const [i, { bytes, text: line }] of measured.entries()) {
      expect(Math.abs(claims[i]! / bytes - 1), `${line}; the README says ${claims[i]} bytes`).toBeLessThan(
        0.15,
      );
    }
  });
});
