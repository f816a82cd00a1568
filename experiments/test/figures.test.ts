import { expect, test } from 'vitest';
import { barChart, heatmap, lineChart, scatterPlot } from '../src/figures/index.ts';

const x = { label: 'length <characters> & "more"' };
const y = { label: '정확도', domain: [0, 1] as const, format: '.0%' };
const points = [1, 2, 3].map((i) => ({ x: i, y: i / 4, low: i / 4 - 0.1, high: i / 4 + 0.1 }));
const series = [
  { name: '주의 <attention>', points },
  { name: 'fixed & vector', points: points.map((point) => ({ ...point, y: 1 - point.y })) },
];
const groups = [{ name: '낱말', points: [{ x: 1, y: 2, label: '사과 & <apple>' }] }];
const values = [
  [0.9, 0.1],
  [null, -0.5],
];

/** Every figure, with the texts that must be readable in it. */
const figures: Record<string, { draw: () => string; texts: string[] }> = {
  'line chart': {
    draw: () =>
      lineChart({ title: 'A < B', subtitle: '씨앗 셋', x, y, series, rules: [{ x: 2, label: 'trained' }] }),
    texts: ['A < B', '씨앗 셋', '정확도', x.label, '주의 <attention>', 'fixed & vector', 'trained', '100%'],
  },
  'line chart with facets': {
    draw: () =>
      lineChart({ title: 'Facets', x, y, facets: ['날짜', 'R&D'].map((title) => ({ title, series })) }),
    texts: ['날짜', 'R&D', '주의 <attention>', 'fixed & vector'],
  },
  'bar chart': {
    draw: () =>
      barChart({
        title: 'Bars',
        value: { label: 'chrF' },
        categories: ['복사', 'A & B'],
        series: [{ name: 'only', values: [{ value: 12.5, low: 11, high: 14 }, -3] }],
      }),
    texts: ['복사', 'A & B', '12.5', '−3', 'chrF'],
  },
  heatmap: {
    draw: () =>
      heatmap({
        title: 'Alignment',
        x: { label: 'source', names: ['I', '<eos>'] },
        y: { label: 'target', names: ['나는', '사랑해'] },
        values,
        domain: [-1, 1],
        key: 'weight',
      }),
    texts: ['source', 'target', 'I', '<eos>', '나는', '사랑해', '0.90', '−0.50'],
  },
  'scatter plot': {
    draw: () => scatterPlot({ title: 'Vectors', x, y: { label: 'y' }, groups }),
    texts: ['사과 & <apple>', 'y'],
  },
};

/** The texts of well-formed XML of elements, attributes and the five entities; throws on anything else. */
function textsOf(xml: string): string[] {
  const token =
    /<([a-zA-Z]+)((?: [a-zA-Z][\w:-]*="[^"<>&]*(?:&(?:amp|lt|gt|quot);[^"<>&]*)*")*)(\/?)>|<\/([a-zA-Z]+)>|((?:[^<>&]|&(?:amp|lt|gt|quot);)+)/y;
  const open: string[] = [];
  const texts: string[] = [];
  while (token.lastIndex < xml.length) {
    const at = token.lastIndex;
    const match = token.exec(xml);
    if (!match) throw new Error(`not well-formed: ${xml.slice(at, at + 60)}`);
    const [, start, attributes, empty, end, content] = match;
    const names = [...(attributes ?? '').matchAll(/ ([\w:-]+)=/g)].map(([, name]) => name);
    if (new Set(names).size < names.length) throw new Error(`attribute twice: ${attributes}`);
    if (start && !empty) open.push(start);
    if (end && open.pop() !== end) throw new Error(`${end} ends what is not open`);
    if (content) texts.push(content);
  }
  if (open.length > 0) throw new Error(`not closed: ${open}`);
  const entities: Record<string, string> = { '&lt;': '<', '&gt;': '>', '&quot;': '"', '&amp;': '&' };
  return texts.map((text) => text.replace(/&\w+;/g, (entity) => entities[entity]!));
}

test.each(Object.entries(figures))(
  'a %s is well-formed XML with its texts, the same each time',
  (_, figure) => {
    const svg = figure.draw();
    expect(textsOf(svg)).toEqual(expect.arrayContaining(figure.texts));
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
    expect(figure.draw()).toBe(svg);
  },
);

test('references to ids are to ids of the figure when panels are clipped', () => {
  const svg = figures['line chart with facets']!.draw();
  const ids = [...svg.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const [, id] of svg.matchAll(/url\(#([^)]+)\)/g)) expect(ids).toContain(id);
});

test('a line of 100,000 points stays under 60 KB and keeps its peak', () => {
  const long = Array.from({ length: 100_000 }, (_, i) => ({ x: i, y: i === 54_321 ? 50 : Math.sin(i) }));
  const svg = lineChart({ title: 'Long', x, y: { label: 'loss' }, series: [{ name: 'one', points: long }] });
  expect(svg.length).toBeLessThan(60_000);
  const path = [...svg.matchAll(/ d="(M[^"]{1000,})"/g)][0]![1]!;
  const heights = [...path.matchAll(/,(-?[\d.]+)/g)].map(([, value]) => Number(value));
  const [first, second] = [...heights].sort((a, b) => a - b);
  expect(second! - first!).toBeGreaterThan(100);
});

test('values that an axis cannot show are named', () => {
  const zero = [{ name: 'one', points: [{ x: 1, y: 0 }] }];
  const log = { label: 'loss', scale: 'log' } as const;
  expect(() => lineChart({ title: 'Log', x, y: log, series: zero })).toThrow('loss: 0 on a logarithmic axis');
  expect(() => lineChart({ title: 'None', x, y, series: [] })).toThrow('None: no series');
  expect(() =>
    heatmap({ title: 'Cells', x: { label: '', names: ['a'] }, y: { label: '', names: ['b'] }, values }),
  ).toThrow('Cells: expected 1 × 1 values');
});
