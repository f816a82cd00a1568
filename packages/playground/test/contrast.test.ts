import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { contrast, type Rgb } from '../src/lib/colour.ts';

const sheet = await readFile(new URL('../src/app.css', import.meta.url), 'utf8');

function palette(selector: string): ReadonlyMap<string, Rgb> {
  const block = sheet.slice(sheet.indexOf(`${selector} {`)).split('}')[0] ?? '';
  return new Map(
    [...block.matchAll(/--([a-z-]+): #([0-9a-f]{6});/g)].map(([, name, hex]) => {
      const value = Number.parseInt(hex ?? '', 16);
      return [name ?? '', [value >> 16, (value >> 8) & 255, value & 255]] as const;
    }),
  );
}

const TEXT = ['ink', 'muted', 'persimmon', 'query'];
const BACKGROUNDS = ['paper', 'card'];
/** Colours of control borders and figure lines: at least 3:1 (WCAG 1.4.11). */
const MARKS = ['field-edge', 'celadon', 'celadon-line', 'persimmon'];

test.each([
  ['light', ':root'],
  ['dark', ':root[data-theme="dark"]'],
])('the %s theme meets the contrast ratios of WCAG AA', (_, selector) => {
  const colours = palette(selector);
  const ratio = (a: string, b: string): number => {
    const [first, second] = [colours.get(a), colours.get(b)];
    if (!first || !second) throw new Error(`app.css has no --${first ? b : a} under ${selector}`);
    return contrast(first, second);
  };
  for (const background of BACKGROUNDS) {
    for (const text of TEXT)
      expect(ratio(text, background), `${text} on ${background}`).toBeGreaterThanOrEqual(4.5);
    for (const mark of MARKS) {
      expect(ratio(mark, background), `${mark} on ${background}`).toBeGreaterThanOrEqual(3);
    }
  }
  expect(ratio('ink', 'wash')).toBeGreaterThanOrEqual(4.5);
});
