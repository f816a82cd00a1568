import { describe, expect, test } from 'vitest';
import {
  byteFallbackJson,
  byteLevelJson,
  casedJson,
  tokenizerOf,
  unigramJson,
} from '../../test/helpers/tiny-tokenizers.ts';
import { TextStream } from './stream.ts';
import { DecodeStream } from './stream-decode.ts';
import { GraphemeBuffer } from './stream-graphemes.ts';
import { StopStringMatcher } from './stream-stop-strings.ts';
import type { Tokenizer } from './tokenizer.ts';

/** Llama's decoder: ▁ to spaces, byte tokens to characters, and the leading space stripped. */
const llamaDecoder = {
  type: 'Sequence',
  decoders: [
    { type: 'Replace', pattern: { String: '▁' }, content: ' ' },
    { type: 'ByteFallback' },
    { type: 'Fuse' },
    { type: 'Strip', content: ' ', start: 1, stop: 0 },
  ],
};

const tokenizers: Record<string, Tokenizer> = {
  'byte-level BPE': tokenizerOf(byteLevelJson()),
  'BPE with byte fallback': tokenizerOf({ ...byteFallbackJson(), decoder: llamaDecoder }),
  Unigram: tokenizerOf(unigramJson()),
  WordPiece: tokenizerOf(casedJson()),
  'tokens joined with spaces': tokenizerOf(byteFallbackJson()),
};

const texts = [
  'The river bank.',
  '나는 커피를 마셨다. 각',
  '나는'.normalize('NFD'),
  'a 👩‍🔬 and 🇰🇷🇫🇷, 👍🏽 é é',
  '  two  spaces \n\n and lines ',
  '中文 ﬁ <mask> the </s> bank',
  '',
];

const pieces = (tokenizer: Tokenizer, ids: ArrayLike<number>, skipSpecialTokens = true) => {
  const stream = new TextStream(tokenizer, { skipSpecialTokens });
  return [...Array.from(ids, (id) => stream.push(id).piece), stream.finish().piece];
};

const decoded = (tokenizer: Tokenizer, ids: ArrayLike<number>, skipSpecialTokens = true) =>
  tokenizer.decode(ids, { skipSpecialTokens, cleanUpTokenizationSpaces: false });

/** Reproducible pseudo-random numbers in [0, 1). */
function* numbers(seed: number): Generator<number, never> {
  for (let state = seed; ; ) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield state / 2 ** 32;
  }
}

describe.each(Object.entries(tokenizers))('TextStream with %s', (_, tokenizer) => {
  test.each(texts)('emits pieces that join to the decoded text of %j', (text) => {
    for (const skip of [true, false]) {
      const { ids } = tokenizer.encode(text);
      expect(pieces(tokenizer, ids, skip).join('')).toBe(decoded(tokenizer, ids, skip));
    }
  });

  test('emits the decoded text of random token sequences', () => {
    const random = numbers(7);
    for (let round = 0; round < 200; round++) {
      const length = 1 + Math.floor(random.next().value * 12);
      // Of bytes in a row each is U+FFFD if one is not of a character, also one whose text was returned before.
      const ids = Array.from({ length }, () => Math.floor(random.next().value * tokenizer.vocabSize)).filter(
        (id) => !/^<0x/.test(tokenizer.idToToken(id) ?? ''),
      );
      const skip = round % 2 === 0;
      expect(pieces(tokenizer, ids, skip).join(''), ids.join(' ')).toBe(decoded(tokenizer, ids, skip));
    }
  });

  test('emits pieces that end at grapheme boundaries', () => {
    const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
    const boundaries = (text: string) => [...segmenter.segment(text)].map(({ index }) => index);
    for (const text of texts) {
      const { ids } = tokenizer.encode(text, { addSpecialTokens: false });
      const allowed = boundaries(decoded(tokenizer, ids));
      let at = 0;
      for (const piece of pieces(tokenizer, ids)) {
        if (piece !== '') expect(allowed).toContain(at);
        at += piece.length;
      }
    }
  });

  test('DecodeStream continues the text of a prefix', () => {
    const { ids } = tokenizer.encode('the river bank the river', { addSpecialTokens: false });
    for (let at = 0; at <= ids.length; at++) {
      const stream = new DecodeStream(tokenizer, { prefix: ids.subarray(0, at) });
      const rest = Array.from(ids.subarray(at), (id) => stream.push(id)).join('') + stream.finish();
      expect(decoded(tokenizer, ids.subarray(0, at)) + rest).toBe(decoded(tokenizer, ids));
    }
  });
});

describe('TextStream', () => {
  const tokenizer = tokenizers['byte-level BPE']!;

  test('emits complete characters at once, and U+FFFD for an incomplete one at the end', () => {
    const { ids } = tokenizer.encode('The 나 👍', { addSpecialTokens: false });
    expect(pieces(tokenizer, ids).filter(Boolean)).toEqual(['The', ' ', '나', ' ', '👍']);
    const broken = ids.subarray(0, -1);
    expect(pieces(tokenizer, broken).join('')).toBe(decoded(tokenizer, broken));
    expect(pieces(tokenizer, broken).at(-1)).toContain('\ufffd');
  });

  test('keeps spaces before punctuation, as decoding of BPE does', () => {
    const { ids } = tokenizer.encode('The . bank , the', { addSpecialTokens: false });
    expect(pieces(tokenizer, ids).join('')).toBe('The . bank , the');
    expect(tokenizer.decode(ids, { cleanUpTokenizationSpaces: true })).toBe('The . bank , the');
  });

  test('stops before a stop string that spans tokens and emits no part of it', () => {
    const { ids } = tokenizer.encode('The river END of the bank', { addSpecialTokens: false });
    const stream = new TextStream(tokenizer, { stopStrings: ['nothing', 'ND o'] });
    const shown: string[] = [];
    let stop: string | undefined;
    for (const id of ids) {
      const step = stream.push(id);
      shown.push(step.piece);
      ({ stop } = step);
      if (stop !== undefined) break;
    }
    expect(stop).toBe('ND o');
    expect(shown.join('')).toBe('The river E');
    expect(stream.text).toBe('The river E');
    expect(stream.finish().piece).toBe('');
  });

  test('matches special tokens that the text leaves out', () => {
    const skipped = tokenizers['tokens joined with spaces']!;
    const special = skipped.encode('</s>', { addSpecialTokens: false }).ids;
    expect(special.length).toBe(1);
    const name = skipped.idToToken(special[0]!)!;
    const word = skipped.encode('the', { addSpecialTokens: false }).ids;
    const run = (stopStrings: string[]) => {
      const stream = new TextStream(skipped, { stopStrings });
      const shown: string[] = [];
      for (const id of [...word, ...special, ...word]) {
        const step = stream.push(id);
        shown.push(step.piece);
        if (step.stop !== undefined) return { text: shown.join(''), stop: step.stop };
      }
      return { text: shown.join('') + stream.finish().piece, stop: undefined };
    };
    const text = skipped.decode(word);
    expect(run([name])).toEqual({ text, stop: name });
    expect(run([`${text.slice(-1)}${name}`])).toEqual({
      text: text.slice(0, -1),
      stop: `${text.slice(-1)}${name}`,
    });
    const unmatched = run([`${name}never`]);
    expect(unmatched).toEqual({ text: decoded(skipped, [...word, ...word]), stop: undefined });
  });

  test('finish emits a buffered partial match of a stop string', () => {
    const { ids } = tokenizer.encode('The river', { addSpecialTokens: false });
    const stream = new TextStream(tokenizer, { stopStrings: ['rivers', 'verbose'] });
    for (const id of ids) stream.push(id);
    expect(stream.text).toBe('The');
    stream.finish();
    expect(stream.text).toBe('The river');
  });
});

describe('StopStrings', () => {
  test('finds the first match and matches after overlapping partial matches', () => {
    expect(new StopStringMatcher(['b', 'ab']).push('xab')).toEqual({ text: 'x', stop: 'ab' });
    const stops = new StopStringMatcher(['aab']);
    expect(['a', 'a', 'a', 'b'].map((letter) => stops.push(letter))).toEqual([
      { text: '' },
      { text: '' },
      { text: 'a' },
      { text: '', stop: 'aab' },
    ]);
  });
});

describe('WholeCharacters', () => {
  test.each([
    ['👩', '\u200d', '🔬', '!'],
    ['e', '\u0301', 'a'],
    ['🇰', '🇷', '🇫', '🇷'],
    ['ᄀ', 'ᅡ', 'ᆨ', 'ᄂ'],
    ['\r', '\n', 'a'],
  ])('does not split grapheme clusters of %j', (...parts) => {
    const characters = new GraphemeBuffer();
    const shown = [...parts.map((part) => characters.push(part)), characters.flush()];
    expect(shown.join('')).toBe(parts.join(''));
    const segments = [...new Intl.Segmenter(undefined, { granularity: 'grapheme' }).segment(parts.join(''))];
    expect(shown.filter(Boolean)).toEqual(segments.map(({ segment }) => segment));
  });
});
