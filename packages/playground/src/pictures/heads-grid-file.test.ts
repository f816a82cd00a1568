import { expect, test } from 'vitest';
import { attentionRamp } from '../lib/colour.ts';
import { layout as gridLayout } from './heads-grid.ts';
import { csv, layout, svg } from './heads-grid-file.ts';

test('a saved grid has its caption below, in lines that fit', () => {
  const grid = gridLayout({ layers: 2, heads: 4, order: undefined, bars: undefined }, 300);
  const caption = 'All heads · bert-mini · Headwise 0.1.0 · “a < b & a text that is longer than a line”';
  const file = layout(grid, caption);
  expect(file.lines.join(' ')).toBe(caption);
  expect(file.lines.length).toBeGreaterThan(1);
  const colours = { ramp: attentionRamp('light'), paper: [255, 255, 255] as const, muted: '#666' };
  const picture = svg(
    file,
    { ...colours, mark: '#a40', wash: '#eee', font: 'serif', ink: '#111' },
    'data:image/png;base64,AA',
  );
  expect(picture).toContain(`width="${grid.width}" height="${grid.height}" href="data:image/png;base64,AA"`);
  for (const escaped of ['&lt;', '&amp;']) expect(picture.replace(/<[^>]*>/g, ' ')).toContain(escaped);
  expect(picture.match(/<text/g)).toHaveLength(file.lines.length);
});

test('the table has a row for each head', () => {
  const rows = [
    { layer: 0, head: 1, label: 'sink', edit: 1, effect: 0.25 },
    { layer: 1, head: 0, label: 'content', edit: 'average', effect: undefined },
  ] as const;
  expect(csv(rows)).toBe('layer,head,label,edit,effect\n0,1,sink,1,0.25\n1,0,content,average,\n');
});
