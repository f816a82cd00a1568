import { expect, test } from 'vitest';
import {
  attentionRamp,
  colourAt,
  contrast,
  css,
  fromHex,
  oklch,
  type Rgb,
  signedRamp,
  textColourOn,
} from './colour.ts';

const WHITE: Rgb = [255, 255, 255];
const steps = Array.from({ length: 256 }, (_, i) => i / 255);

test('oklch converts known colours to sRGB', () => {
  expect(oklch(0, 0, 0)).toEqual([0, 0, 0]);
  expect(oklch(1, 0, 0)).toEqual([255, 255, 255]);
  // sRGB red is oklch(62.8% 0.2577 29.23).
  expect(oklch(0.62796, 0.25768, 29.234)).toEqual([255, 0, 0]);
});

test('contrast matches known WCAG ratios', () => {
  expect(contrast([0, 0, 0], WHITE)).toBeCloseTo(21, 5);
  expect(contrast(WHITE, WHITE)).toBe(1);
  expect(contrast([118, 118, 118], WHITE)).toBeCloseTo(4.54, 2);
});

test.each(['light', 'dark'] as const)(
  'attentionRamp gives larger weights a higher contrast to the %s background',
  (theme) => {
    const ramp = attentionRamp(theme);
    const lightness = steps.map((t) => contrast(colourAt(ramp, t), [0, 0, 0]));
    const rises = theme === 'dark';
    for (let i = 1; i < lightness.length; i += 1) {
      const step = (lightness[i] ?? 0) - (lightness[i - 1] ?? 0);
      expect(rises ? step : -step).toBeGreaterThanOrEqual(-0.02); // bytes are rounded
    }
    expect(contrast(colourAt(ramp, 0), colourAt(ramp, 1))).toBeGreaterThan(10);
  },
);

test.each(['light', 'dark'] as const)(
  'textColourOn has a contrast of at least 4.5:1 on every colour of the %s ramp',
  (theme) => {
    const ramp = attentionRamp(theme);
    for (const t of steps) {
      const fill = colourAt(ramp, t);
      expect(contrast(fill, textColourOn(fill))).toBeGreaterThanOrEqual(4.5);
    }
  },
);

test('signedRamp is grey at zero and has a different hue at each end', () => {
  const ramp = signedRamp('light');
  const [r, g, b] = colourAt(ramp, 0.5);
  expect(Math.max(r, g, b) - Math.min(r, g, b)).toBeLessThan(4);
  const [low, high] = [colourAt(ramp, 0), colourAt(ramp, 1)];
  expect(low[0]).toBeGreaterThan(low[2]);
  expect(high[1]).toBeGreaterThan(high[0]);
});

test('colourAt clamps values outside the ramp, and css formats a colour', () => {
  const ramp = attentionRamp('light');
  expect(colourAt(ramp, -1)).toEqual(colourAt(ramp, 0));
  expect(colourAt(ramp, 2)).toEqual(colourAt(ramp, 1));
  expect(css([1, 2, 3])).toBe('rgb(1 2 3)');
});

test('fromHex reads colours as style sheets and builds write them', () => {
  expect(fromHex('#1d7a72')).toEqual([29, 122, 114]);
  expect(fromHex(' #fff')).toEqual([255, 255, 255]);
});
