import { expect, test } from 'vitest';
import { attentionRamp, colourAt, css } from '../lib/colour.ts';
import { csv, layout, svg } from './attention-map.ts';
import { layout as gridLayout } from './heads-grid.ts';

const map = { rows: 2, columns: 2, data: Float32Array.from([0.25, 0.75, 1, 0]) };
const data = { map, labels: ['a <b>', '"c"'], caption: 'Layer 0 · Head 1 · & more' };
const ramp = attentionRamp('light');

test('the SVG of a map has a rectangle of its colour for each weight, and texts without markup', () => {
  const placed = layout(data, { ramp, background: '#ffffff', ink: '#000000' });
  expect(placed.rectangles.map(({ fill }) => fill)).toEqual(
    [0.5, Math.sqrt(0.75), 1, 0].map((tone) => css(colourAt(ramp, tone))),
  );
  const document = svg(placed);
  expect(document).toContain('a &lt;b&gt;');
  expect(document).toContain('&quot;c&quot;');
  expect(document).toContain('&amp; more');
  expect(document.match(/<text/g)).toHaveLength(5);
});

test('cells of one colour in a row are one rectangle', () => {
  const flat = { rows: 2, columns: 3, data: new Float32Array(6) };
  const placed = layout({ ...data, map: flat }, { ramp, background: '#ffffff', ink: '#000000' });
  expect(placed.rectangles).toHaveLength(2);
});

test('the CSV of a map has its weights under quoted labels', () => {
  expect(csv(data)).toBe('"","a <b>","""c"""\n"a <b>",0.25,0.75\n"""c""",1,0\n');
});

test('the grid has a row for each layer, two where cells would be too small to touch, and any order', () => {
  const shape = { layers: 6, heads: 12, order: undefined, bars: undefined };
  const wide = gridLayout(shape, 600);
  expect(wide.columns).toBe(12);
  expect(wide.cells.filter(({ y }) => y === wide.cells[0]!.y)).toHaveLength(12);
  expect(wide.cells.at(-1)!.x + wide.cells.at(-1)!.size).toBeLessThanOrEqual(600);
  const narrow = gridLayout(shape, 300);
  expect(narrow.columns).toBe(6);
  expect(narrow.cells[0]!.size).toBeGreaterThanOrEqual(24);
  const sorted = gridLayout({ ...shape, layers: 1, heads: 3, order: [2, 0, 1] }, 600);
  expect(sorted.cells.map(({ head }) => head)).toEqual([2, 0, 1]);
  expect(sorted.texts.map(({ text }) => text)).toEqual(['0.2', '0.0', '0.1']);
});
