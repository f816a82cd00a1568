import { describe, expect, test } from 'vitest';
import { paragraphs } from '../src/data/documents.ts';
import { CONTEXT, textBits, textIds, windows } from '../src/experiments/character-gpt/model.ts';
import {
  Known,
  longestCopy,
  measure,
  repetition,
  wordsOf,
} from '../src/experiments/character-gpt/samples.ts';
import { alphabetOf, characterTokenizer, EOS, UNK } from '../src/experiments/character-gpt/tokenizer.ts';
import { scoreUnit, unitsOf } from '../src/experiments/character-gpt/units.ts';

describe('the tokenizer of characters', () => {
  const task = characterTokenizer(alphabetOf(['나는 사과를 먹는다', 'an apple'], 1));

  test('makes each character a token between the beginning and the end', () => {
    const ids = [...textIds(task, 'a 사')];
    expect(ids).toHaveLength(5);
    expect(ids.at(-1)).toBe(EOS);
    expect(task.tokenizer.decode(ids, { skipSpecialTokens: true })).toBe('a 사');
  });

  test('makes each character that is not in the alphabet an unknown one', () => {
    expect([...textIds(task, '헿헿')].slice(1, 3)).toEqual([UNK, UNK]);
  });

  test('leaves characters out that are rarer than asked for', () => {
    expect(alphabetOf(['aab', 'ac'], 2)).toEqual(['a']);
  });
});

test('windows of a long text overlap by one token, so that each token but the first is predicted once', () => {
  const ids = Int32Array.from({ length: 2 * CONTEXT }, (_, i) => i);
  const parts = windows(ids);
  expect(parts.map(({ length }) => length)).toEqual([CONTEXT, CONTEXT, 2]);
  expect(parts.flatMap((part) => [...part.slice(1)])).toEqual([...ids.slice(1)]);
});

test('textBits counts the bits of each token, and for an unknown one those of its identity', () => {
  expect(textBits(Int32Array.of(0, 5, EOS), () => 0.25)).toEqual({ bits: 4, characters: 2 });
  const { bits } = textBits(Int32Array.of(0, UNK, EOS), () => 0.25);
  expect(bits).toBeCloseTo(4 + Math.log2(11_172), 9);
});

describe('measures of samples', () => {
  test('repetition is the fraction of 4-grams that have occurred before', () => {
    expect(repetition('abcdefgh')).toBe(0);
    // abab, baba, abab, baba, abab: two different ones of five.
    expect(repetition('abababab')).toBeCloseTo(3 / 5, 12);
    expect(repetition('abc')).toBe(0);
  });

  test('longestCopy is the length of the longest part that the corpus has', () => {
    expect(longestCopy('xxcannot finyy', 'it cannot find it')).toBe('cannot fin'.length);
    expect(longestCopy('abc', 'abc')).toBe(3);
    expect(longestCopy('xyz', 'abc')).toBe(0);
  });

  test('words are runs of letters, in any case, with apostrophes between letters', () => {
    expect(wordsOf("Don't open '파일을' 3")).toEqual(["don't", 'open', '파일을']);
  });

  test('measure compares texts with the training texts', () => {
    const known = new Known(['Open the file', '파일 열기']);
    const measured = measure(['Open the file', 'open filx', 'open filx'], known, -2);
    expect(measured).toMatchObject({ count: 3, logProbability: -2, copies: 1 / 3, distinct: 2 / 3 });
    expect(measured.realWords).toBeCloseTo(5 / 7, 12);
    expect(measured.longestCopy).toEqual({ median: 4, most: 13 });
  });
});

describe('units of Korean text', () => {
  test('syllables, jamo and bytes of one text', () => {
    expect(unitsOf('각a', 'syllables')).toHaveLength(2);
    expect(unitsOf('각a', 'jamo')).toHaveLength(4);
    expect(unitsOf('각a', 'bytes')).toHaveLength(4);
  });

  test('scores are in bits per character, whatever the unit', () => {
    const texts = { train: ['가나', '가나', '가나'], validation: ['가나'], test: ['가나'] };
    const scores = (['syllables', 'jamo', 'bytes'] as const).map((unit) => scoreUnit(unit, texts, 3));
    expect(scores.map(({ perCharacter }) => perCharacter)).toEqual([1, 2, 3]);
    // The only text there is: less than a bit for each of two characters and the end.
    for (const { test } of scores) expect(test).toBeLessThan(1);
  });
});

test('paragraphs of Markdown have neither code nor tables, and one line each', () => {
  const markdown =
    '# Title\n\nOne\nparagraph.\n\n```ts\ncode();\n```\n\n| a | b |\n| --- | --- |\n\n- first\n  more\n- second\n\n![figure](x.svg)\n';
  expect(paragraphs(markdown)).toEqual(['Title', 'One paragraph.', 'first more', 'second']);
});
