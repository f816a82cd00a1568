import { toSrt, toVtt } from '@headwise/core/speech';
import { expect, test } from 'vitest';
import { printValues, readValues } from '../../app/url-schema.ts';
import { attentionRamp } from '../../lib/colour.ts';
import { csv, curve, describe, layout, peaks, pixels, svg } from '../../pictures/spectrogram.ts';
import { compareWords } from './changes.ts';
import { en } from './en.ts';
import { ko } from './ko.ts';
import { schema } from './state.ts';
import { linesOf } from './subtitle-lines.ts';
import { layout as tokenMap } from './token-map.ts';

const defaults = readValues(schema, new Map()).values;

test('what is chosen is in the address, and comes back from it', () => {
  const values = {
    ...defaults,
    sample: 'korean',
    language: 'detect',
    word: 3,
    choice: { layer: 2, head: 4 },
    silenced: [
      { layer: 0, head: 5 },
      { layer: 3, head: 1 },
    ],
    why: 271,
  } as const;
  const query = printValues(schema, values);
  expect([...query]).toEqual([
    ['s', 'korean'],
    ['lang', 'detect'],
    ['w', '3'],
    ['h', '2.4'],
    ['x', '0.5,3.1'],
    ['why', '271'],
  ]);
  expect(readValues(schema, query)).toEqual({ values, invalid: [] });
  expect([...printValues(schema, defaults)]).toEqual([]);
});

test.each([
  ['s', 'other'],
  ['lang', 'klingon'],
  ['w', '-2'],
  ['w', '1.5'],
  ['h', '2'],
  ['h', 'all'],
  ['x', '3.1,'],
  ['x', '3.1:0'],
  ['why', '1500'],
])('%s=%s is the default, and is named', (key, value) => {
  expect(readValues(schema, new Map([[key, value]]))).toEqual({ values: defaults, invalid: [key] });
});

const word = (text: string, start: number, end = start + 0.2) => ({ text, start, end, probability: 0.5 });

test('words are compared by their letters, in their order', () => {
  const before = [word('Okay,', 0), word(' all', 1), word(' right,', 1.2), word(' we', 2), word(' go.', 3)];
  const after = [word(' okay', 0.1), word(' we', 2), word(' have', 2.2), word(' go', 3.4)];
  const change = compareWords(before, after);
  expect(change.kept).toEqual([
    [0, 0],
    [3, 1],
    [4, 3],
  ]);
  expect([...change.gone]).toEqual([1, 2]);
  expect([...change.added]).toEqual([2]);
  expect(change.mean).toBeCloseTo(0.5 / 3, 10);
  expect(change.most).toBeCloseTo(0.4, 10);
  expect(change.likelihood).toBeUndefined();
  const likely = before.map((each, i) => ({ ...each, probability: [0.4, 0.9, 0.9, 0.5, 0.8][i]! }));
  expect(compareWords(likely, after).likelihood).toEqual([4, 3]);
  expect(compareWords([], after)).toMatchObject({ kept: [], mean: 0, most: 0 });
  expect(compareWords(before, before)).toMatchObject({ mean: 0, most: 0 });
});

test('subtitles end with sentences, and before they are too long', () => {
  const words = [
    word('Okay,', 0),
    word(' Houston.', 1),
    word(' We', 2),
    ...Array.from({ length: 7 }, (_, i) => word(` problem${i}`, 3 + i / 4)),
    word(' <late> & end', 65.4321),
  ];
  const segments = linesOf(words);
  expect(toSrt({ segments })).toBe(`1
00:00:00,000 --> 00:00:01,200
Okay, Houston.

2
00:00:02,000 --> 00:00:03,950
We problem0 problem1 problem2 problem3

3
00:00:04,000 --> 00:00:04,700
problem4 problem5 problem6

4
00:01:05,432 --> 00:01:05,632
<late> & end
`);
  expect(toVtt({ segments: segments.slice(0, 1) })).toBe(
    'WEBVTT\n\n00:00:00.000 --> 00:00:01.200\nOkay, <00:00:01.000>Houston.\n',
  );
  expect(linesOf([])).toEqual([]);
});

// Two seconds; loud in the lowest bin of the first frame, and in the highest of the last.
const tones = new Uint8Array(200 * 80);
tones[0] = 255;
tones[200 * 80 - 1] = 255;
const sound = {
  tones,
  frames: 200,
  bins: 80,
  words: [word('one', 0.5), word(' two', 0.52), word(' three', 1.9)],
};

test('words stand where they begin, beside each other only where there is room, and within the picture', () => {
  const placed = layout(sound, 444);
  expect(placed.scale).toBe(200);
  expect(placed.plot).toMatchObject({ x: 38, width: 400 });
  const [one, two, three] = placed.words;
  expect(one).toMatchObject({ text: 'one', x: 138, lane: 0 });
  expect(two).toMatchObject({ text: 'two', x: 142, lane: 1 });
  expect(three!.lane).toBe(0);
  expect(three!.x + three!.width).toBe(438);
  expect(placed.height).toBe(placed.wordsTop + 2 * placed.laneHeight);
  expect(placed.seconds.map(({ text }) => text)).toEqual(['0 s', '0.5 s', '1 s', '1.5 s']);
  // A narrow window scrolls.
  expect(layout({ ...sound, frames: 3000 }, 320).plot.width).toBe(30 * 84);
});

test('frequencies are as far apart as the bins of Slaney’s mel scale', () => {
  const { hertz, plot } = layout(sound, 444);
  expect(hertz.map(({ text }) => text)).toEqual(['250', '500', '1k', '2k', '4k', '8k']);
  const share = hertz.map(({ at }) => 1 - (at - plot.y) / plot.height);
  // 8 kHz has 15 + 27 · ln 8 / ln 6.4 = 45.245 mels.
  expect(share[2]).toBeCloseTo(15 / 45.2453, 5);
  expect(share[0]! / share[2]!).toBeCloseTo(0.25, 6);
  expect(share.at(-1)).toBe(1);
});

test('low frequencies are at the bottom of the picture', () => {
  const ramp = attentionRamp('light');
  const image = pixels(sound, ramp);
  const at = (x: number, y: number) => [...image.slice(4 * (y * 200 + x), 4 * (y * 200 + x) + 4)];
  const [loud, quiet] = [
    [...ramp.slice(-3), 255],
    [...ramp.slice(0, 3), 255],
  ];
  expect([at(0, 79), at(199, 0), at(0, 0), at(100, 40)]).toEqual([loud, loud, quiet, quiet]);
});

const weights = Float32Array.of(0, 0.1, 0.05, 0.3, 0.3, 0, 0.2);

test('the line of a word has its largest weight highest', () => {
  const placed = layout(sound, 444);
  const line = curve(placed, weights, 0.5);
  expect(line).toHaveLength(7);
  expect(line[0]).toEqual([38 + 0.51 * 200, placed.plot.y + placed.plot.height]);
  expect(line[3]![1]).toBeCloseTo(placed.plot.y + 0.1 * placed.plot.height, 4);
  expect(peaks(weights)).toEqual([
    { position: 4, weight: weights[4] },
    { position: 6, weight: weights[6] },
    { position: 1, weight: weights[1] },
  ]);
});

test('the picture is told in words', () => {
  const chosen = { index: 1, weights, start: 0.5 };
  expect(describe(sound, undefined, en.picture.describe)).toBe('Spectrogram of 2.0 s with 3 words.');
  expect(describe(sound, chosen, en.picture.describe)).toBe(
    'Spectrogram of 2.0 s with 3 words. “two” from 0.52 s to 0.72 s. Looked most at 0.58 s 30 %, 0.62 s 20 %, 0.52 s 10 %.',
  );
  expect(describe(sound, chosen, ko.picture.describe)).toBe(
    '2.0초 스펙트로그램, 단어 3개. “two”: 0.52 s부터 0.72 s까지. 가장 많이 본 곳: 0.58 s 30 %, 0.62 s 20 %, 0.52 s 10 %.',
  );
});

test('the files have words, axes and the line', () => {
  const placed = layout(sound, 444);
  const colours = {
    ramp: attentionRamp('light'),
    ink: '#000',
    muted: '#555',
    background: '#fff',
    mark: '#f00',
    font: 'sans-serif',
  };
  const picture = svg(
    placed,
    colours,
    'data:image/png;base64,AA',
    curve(placed, weights, 0.5),
    'A <caption>',
  );
  expect(picture).toContain('href="data:image/png;base64,AA"');
  expect(picture.match(/<polyline/g)).toHaveLength(1);
  for (const text of ['one', 'two', 'three', '4k', '1.5 s', 'A &lt;caption&gt;'])
    expect(picture).toContain(`>${text}<`);
  expect(svg(placed, colours, '', undefined, '')).not.toContain('<polyline');
  expect(csv([word(' say "hi",', 0.5)])).toBe('word,start,end,probability\n"say ""hi"",",0.50,0.70,0.5000\n');
});

test('the path of the time warping goes along the rows of each word', () => {
  const words = [
    { ...word('one', 30.1, 30.3), rows: [0, 1] as const },
    { ...word('two', 30.3, 30.9), rows: [1, 3] as const },
  ];
  const placed = tokenMap({ rows: 3, columns: 50, start: 30, words }, 172);
  expect(placed).toMatchObject({
    height: 60,
    rowHeight: 20,
    every: 1,
    plot: { x: 72, width: 100, height: 60 },
  });
  const rounded = placed.path.map((point) => point.map((value) => Math.round(value)));
  expect(rounded).toEqual([
    [10, 0],
    [30, 20],
    [30, 20],
    [90, 60],
  ]);
  // Many tokens have narrow rows, and not each a label.
  const many = tokenMap({ rows: 120, columns: 50, start: 0, words: [] }, 172);
  expect(many.height).toBe(420);
  expect(many.every).toBe(4);
});
