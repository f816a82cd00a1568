import { describe, expect, test } from 'vitest';
import { Tokenizer } from '../../src/index.ts';
import type { SpeechTokens } from '../../src/speech/speech-tokens.ts';
import { compressionRatio } from '../../src/speech/transcribe/compression.ts';
import { medianFilter } from '../../src/speech/transcribe/median-filter.ts';
import { findPauses, wordsBetween } from '../../src/speech/transcribe/pauses.ts';
import { divideWindow } from '../../src/speech/transcribe/segments.ts';
import { warpingPath } from '../../src/speech/transcribe/time-warping.ts';
import { applyTokenRules, logSumExp } from '../../src/speech/transcribe/token-rules.ts';
import { splitWords } from '../../src/speech/transcribe/word-boundaries.ts';
import { randomNumbers } from '../helpers/safetensors.ts';
import { tinyWhisperTokenizer } from '../helpers/tiny-whisper.ts';

// Text tokens 0–9, end 10, start 11, no timestamps 12, timestamps from 13 on.
const TOKENS: SpeechTokens = {
  start: 11,
  end: 10,
  previous: 11,
  noSpeech: 11,
  noTimestamps: 12,
  firstTimestamp: 13,
  tasks: { transcribe: 11, translate: 11 },
  languages: new Map(),
  suppressed: [3, 11],
  suppressedFirst: [2, 10],
  maxFirstTimestamp: 2,
  alignmentHeads: [],
};
const SIZE = 20;

/** The tokens that may come next where all are equally likely but `likely`. */
function allowed(
  sampled: readonly number[],
  likely: readonly number[] = [5],
  withTimestamps = true,
): number[] {
  const logits = new Float32Array(SIZE);
  for (const id of likely) logits[id] = 9;
  applyTokenRules(logits, sampled, TOKENS, withTimestamps);
  return [...logits.keys()].filter((id) => logits[id] !== -Infinity);
}

describe('applyTokenRules', () => {
  test.each<[string, number[], number[], number[]?]>([
    ['first a timestamp, up to the latest beginning', [], [13, 14, 15]],
    ['after the first timestamp a text', [13], [0, 1, 2, 4, 5, 6, 7, 8, 9, 10]],
    [
      'after a text anything but what was before',
      [14, 5],
      [0, 1, 2, 4, 5, 6, 7, 8, 9, 10, 15, 16, 17, 18, 19],
    ],
    [
      'after a text and a timestamp the same or a later one, or the end',
      [13, 5, 16],
      [10, 16, 17, 18, 19],
      [10],
    ],
    ['after a pair a text', [13, 5, 16, 16], [0, 1, 2, 4, 5, 6, 7, 8, 9, 10]],
  ])('%s', (_, sampled, expected, likely) => {
    expect(allowed(sampled, likely)).toEqual(expected);
  });

  test('a timestamp where all of them together are likelier than every text', () => {
    // Six timestamps of e^0 against one text of e^1.5, and of e^2.
    for (const [logit, expected] of [
      [1.5, [14, 15, 16, 17, 18, 19]],
      [2, [0, 1, 2, 4, 5, 6, 7, 8, 9, 10, 14, 15, 16, 17, 18, 19]],
    ] as const) {
      const logits = new Float32Array(SIZE);
      logits[5] = logit;
      applyTokenRules(logits, [13, 5], TOKENS, true);
      expect([...logits.keys()].filter((id) => logits[id] !== -Infinity)).toEqual(expected);
    }
  });

  test('without timestamps no timestamp, and at first no end', () => {
    expect(allowed([], [5], false)).toEqual([0, 1, 4, 5, 6, 7, 8, 9]);
    expect(allowed([1], [15], false)).toEqual([0, 1, 2, 4, 5, 6, 7, 8, 9, 10]);
  });

  test('logSumExp is that of float64', () => {
    expect(logSumExp(Float32Array.of(1, 2, 3))).toBeCloseTo(Math.log(Math.E + Math.E ** 2 + Math.E ** 3), 12);
    expect(logSumExp(Float32Array.of(500, 500))).toBeCloseTo(500 + Math.LN2, 12);
    expect(logSumExp(Float32Array.of(-Infinity))).toBe(-Infinity);
  });
});

describe('divideWindow', () => {
  test.each([
    [
      'two segments and an open end',
      [13, 1, 15, 15, 2, 17, 18, 3],
      [
        [[1], 0, 0.04],
        [[2], 0.04, 0.08],
      ],
      0.08,
    ],
    [
      'an end with one timestamp',
      [13, 1, 15, 15, 2, 17],
      [
        [[1], 0, 0.04],
        [[2], 0.04, 0.08],
      ],
      30,
    ],
    ['no pair', [13, 1, 2, 19], [[[1, 2], 0, 0.12]], 30],
    ['no time but the beginning', [13, 1, 2], [[[1, 2], 0, 30]], 30],
    ['a pair at the beginning', [13, 13, 1], [[[], 0, 0]], 30],
    ['no tokens', [], [[[], 0, 30]], 30],
  ] as const)('%s', (_, ids, segments, advance) => {
    const divided = divideWindow(ids, TOKENS, 30);
    expect(divided.advance).toBeCloseTo(advance, 10);
    expect(
      divided.segments.map(({ ids, start, end }) => [ids, Number(start.toFixed(2)), Number(end.toFixed(2))]),
    ).toEqual(segments);
  });
});

describe('alignment', () => {
  test('warpingPath is the cheapest of all paths', () => {
    const next = randomNumbers(3);
    const [rows, columns] = [4, 5];
    const cost = Float64Array.from({ length: rows * columns }, () => next() / 2 ** 32);
    const cheapest = (row: number, column: number): number => {
      const own = cost[row * columns + column]!;
      if (row === 0 && column === 0) return own;
      const before: number[] = [];
      if (row > 0) before.push(cheapest(row - 1, column));
      if (column > 0) before.push(cheapest(row, column - 1));
      if (row > 0 && column > 0) before.push(cheapest(row - 1, column - 1));
      return own + Math.min(...before);
    };
    const path = warpingPath(cost, rows, columns);
    expect([path[0], path.at(-1)]).toEqual([
      [0, 0],
      [rows - 1, columns - 1],
    ]);
    expect(path.reduce((sum, [row, column]) => sum + cost[row * columns + column]!, 0)).toBeCloseTo(
      cheapest(rows - 1, columns - 1),
      12,
    );
    for (const [i, [row, column]] of path.slice(1).entries()) {
      const [y, x] = path[i]!;
      expect([row - y, column - x].every((step) => step === 0 || step === 1) && row + column > y + x).toBe(
        true,
      );
    }
  });

  test('medianFilter takes the middle of seven, with reflected ends', () => {
    expect([...medianFilter(Float64Array.of(9, 1, 8, 2, 7, 3, 6, 4), 7)]).toEqual([2, 7, 3, 6, 4, 6, 4, 6]);
    expect([...medianFilter(Float64Array.of(3, 1), 7)]).toEqual([3, 1]);
  });

  test('splitWords divides at spaces, keeps characters whole and punctuation with its word', () => {
    const tokenizer = Tokenizer.fromFiles({ tokenizerJson: tinyWhisperTokenizer });
    const words = (text: string, language: string) => {
      const ids = [...tokenizer.encode(text, { addSpecialTokens: false }).ids];
      const split = splitWords(tokenizer, ids, language);
      expect(split.flatMap((word) => word.ids)).toEqual(ids);
      return split.map((word) => word.text);
    };
    expect(words(' Yes, "I do" – 안녕 하세요!', 'en')).toEqual([
      ' Yes,',
      ' "I',
      ' do"',
      ' –',
      ' 안녕',
      ' 하세요!',
    ]);
    expect(words('你好。再见', 'zh')).toEqual(['你', '好。', '再', '见']);
  });
});

test('compressionRatio tells repetition from text', async () => {
  expect(await compressionRatio('')).toBe(0);
  expect(await compressionRatio('the '.repeat(100))).toBeGreaterThan(10);
  expect(await compressionRatio('We walked along the river and talked.')).toBeLessThan(1.5);
});

describe('pauses', () => {
  /** A tone of 100 Hz and silence in turns, in seconds; silences have a noise of −50 dB. */
  const sound = (...seconds: readonly number[]) =>
    Float32Array.from(
      seconds.flatMap((length, i) =>
        Array.from(
          { length: length * 16_000 },
          (_, at) => Math.sin((2 * Math.PI * at) / 160) * (i % 2 === 0 ? 0.5 : 0.0015),
        ),
      ),
    );

  test('findPauses finds where a sound is quiet for 80 ms, or at its ends', () => {
    const pauses = findPauses(sound(0, 0.05, 0.4, 0.3, 0.4, 0.06, 0.5, 0.2));
    const times = pauses.map(({ start, end }) => [start.toFixed(2), end.toFixed(2)]);
    // Windows of 25 ms are loud up to 12.5 ms before and after.
    expect(times).toEqual([
      ['0.00', '0.04'],
      ['0.47', '0.74'],
      ['1.73', '1.91'],
    ]);
    expect(findPauses(sound(0.5))).toEqual([]);
    expect(findPauses(new Float32Array(100))).toEqual([]);
    expect(findPauses(new Float32Array(1600))).toEqual([]);
  });

  test.each<[string, number[], [number, number][], [number, number][]]>([
    [
      'no pauses',
      [0, 1, 2],
      [],
      [
        [0, 1],
        [1, 2],
      ],
    ],
    [
      'a pause around a boundary',
      [0, 1, 2],
      [[0.9, 1.3]],
      [
        [0, 0.9],
        [1.3, 2],
      ],
    ],
    [
      'pauses at the ends',
      [0, 1, 2],
      [
        [0, 0.2],
        [1.5, 2],
      ],
      [
        [0.2, 1],
        [1, 1.5],
      ],
    ],
    [
      'a pause that is near',
      [0, 1, 2],
      [[1.1, 1.3]],
      [
        [0, 1.1],
        [1.3, 2],
      ],
    ],
    [
      'a pause within a word',
      [0, 1, 2],
      [[1.2, 1.4]],
      [
        [0, 1],
        [1, 2],
      ],
    ],
    [
      'a short word beside a pause',
      [0, 1, 1.1, 2],
      [[0.7, 1.05]],
      [
        [0, 0.7],
        [1.05, 1.1],
        [1.1, 2],
      ],
    ],
    [
      'a word that nobody speaks',
      [0, 1, 1.2, 2],
      [[0.8, 1.6]],
      [
        [0, 1],
        [1, 1],
        [1.6, 2],
      ],
    ],
    [
      'two pauses at one boundary',
      [0, 1, 2],
      [
        [0.9, 0.95],
        [1.05, 1.4],
      ],
      [
        [0, 1.05],
        [1.4, 2],
      ],
    ],
  ])('wordsBetween with %s', (_, boundaries, pauses, words) => {
    const times = wordsBetween(
      boundaries,
      pauses.map(([start, end]) => ({ start, end })),
    );
    expect(times.map(({ start, end }) => [start, end])).toEqual(words);
  });
});
