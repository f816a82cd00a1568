import stringWidth from 'string-width';
import { describe, expect, test } from 'vitest';
import type { Translation } from '../report.ts';
import { renderTranslation } from './translation.ts';

const translation: Translation = {
  model: 'tiny',
  backend: 'wasm-simd',
  text: 'I love you',
  translation: '나는 너를 사랑해',
  complete: true,
  unknown: [],
  sourceTokens: ['I', 'love', 'you', '</s>'],
  targetTokens: ['나는', '너를', '사랑해', '</s>'],
  alignment: {
    layers: 1,
    heads: 1,
    sourceWords: ['I', 'love', 'you', '</s>'],
    targetWords: ['나는', '너를', '사랑해'],
    weights: [
      [0.9, 0.05, 0.05, 0],
      [0, 0.25, 0.65, 0.1],
      [0.1, 0.75, 0.1, 0.05],
    ],
  },
};
const plain = { columns: 80, colour: false };
const lines = (change: Partial<Translation> = {}, screen = plain) =>
  renderTranslation({ ...translation, ...change }, screen).split('\n');

describe('renderTranslation', () => {
  test('shows the alignment as a heatmap with the strongest word of each row', () => {
    expect(lines()).toEqual([
      'tiny, wasm-simd',
      'I love you',
      '나는 너를 사랑해',
      "All tokens are in the model's vocabulary.",
      '',
      'Alignment',
      'Rows: words of the translation. Columns: words of the text. Brighter cells are larger weights.',
      '         I   love you </s>',
      '  나는   ███               I 0.90',
      '  너를       ░░░░ ▓▓▓      you 0.65',
      '  사랑해     ▓▓▓▓          love 0.75',
    ]);
  });

  test('gives Korean words two columns for each syllable', () => {
    const rows = lines().slice(8);
    const widths = rows.map((row) => stringWidth(row.slice(0, row.search(/ [A-Za-z]+ 0/))));
    expect(new Set(widths).size).toBe(1);
  });

  test('leaves out columns that do not fit a narrow terminal', () => {
    const narrow = lines({}, { columns: 30, colour: false });
    expect(narrow[7]).toBe('         I   love');
    expect(narrow.at(-1)).toBe('  the first 2 of 4 columns; a wider terminal shows more');
  });

  test('names unknown words, a cut-off text, several heads, and a model without attention', () => {
    expect(lines({ unknown: ['Kim', 'xylophone'], complete: false }).slice(3, 5)).toEqual([
      'cut off at the maximum length',
      "Not in the model's vocabulary: Kim, xylophone",
    ]);
    const heads = { ...translation.alignment!, layers: 2, heads: 4 };
    expect(lines({ alignment: heads })).toContain('Alignment, mean of 2 layers with 4 heads');
    expect(lines({ alignment: undefined }).at(-1)).toBe(
      'The model has no attention: its decoder gets one fixed vector.',
    );
  });
});
