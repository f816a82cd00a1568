import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { minilmFiles } from '../../test/helpers/minilm.ts';
import { randomNumbers } from '../../test/helpers/safetensors.ts';
import {
  byteFallbackJson,
  byteLevelJson,
  casedJson,
  toByteLevel,
  tokenizerOf,
  unigramJson,
} from '../../test/helpers/tiny-tokenizers.ts';
import type { Tokenizer } from './tokenizer.ts';

const uncased = tokenizerOf(JSON.parse(readFileSync(minilmFiles.tokenizer, 'utf8')));
const cased = tokenizerOf(casedJson());
const byteLevel = tokenizerOf(byteLevelJson());
const unigram = tokenizerOf(unigramJson());
const byteFallback = tokenizerOf(byteFallbackJson());

/** Each token and the text at its offsets. */
function tokenTexts(tokenizer: Tokenizer, text: string): [token: string, text: string][] {
  const { tokens, offsets } = tokenizer.encode(text, { addSpecialTokens: false, offsets: true });
  return tokens.map((token, i) => [token, text.slice(offsets[2 * i], offsets[2 * i + 1])]);
}

describe('computeOffsets with uncased WordPiece', () => {
  it('returns the ranges of words and subwords', () => {
    expect(tokenTexts(uncased, 'She sat,  by the Headwise.')).toEqual([
      ['she', 'She'],
      ['sat', 'sat'],
      [',', ','],
      ['by', 'by'],
      ['the', 'the'],
      ['head', 'Head'],
      ['##wise', 'wise'],
      ['.', '.'],
    ]);
  });

  it.each([
    ['composed', 'Caf\u00e9 na\u00efve'],
    ['decomposed', 'Cafe\u0301 nai\u0308ve'],
  ])('includes stripped accents when the text is %s', (_, text) => {
    const [first, second] = text.split(' ');
    expect(tokenTexts(uncased, text)).toEqual([
      ['cafe', first],
      ['naive', second],
    ]);
  });

  it('returns the range of the syllable for each jamo, or of the jamo when the text is decomposed', () => {
    const composed = tokenTexts(uncased, '커피를');
    const letters = [...'커피를'.normalize('NFD')];
    expect(composed.map(([token]) => token.replace('##', ''))).toEqual(letters);
    expect(composed.map(([, text]) => text)).toEqual([...'커커피피를를를']);
    const decomposed = tokenTexts(uncased, '커피를'.normalize('NFD'));
    expect(decomposed.map(([, text]) => text)).toEqual(letters);
  });

  it('returns correct ranges for and after unknown words and Chinese characters', () => {
    expect(tokenTexts(uncased, 'a👩‍👧b 中文 c')).toEqual([
      ['[UNK]', 'a👩‍👧b'],
      ['中', '中'],
      ['文', '文'],
      ['c', 'c'],
    ]);
  });

  it('includes removed control characters within a word', () => {
    expect(tokenTexts(uncased, 'ri\u0000ver\u200b bank')).toEqual([
      ['river', 'ri\u0000ver'],
      ['bank', 'bank'],
    ]);
  });

  it('returns correct ranges when the lower case is longer or depends on context', () => {
    expect(tokenTexts(uncased, 'İstanbul river').map(([, text]) => text)).toEqual(['İstanbul', 'river']);
    const greek = tokenTexts(uncased, 'ΟΔΟΣ river').map(([, text]) => text);
    expect(greek.at(-1)).toBe('river');
    expect(greek.slice(0, -1).join('')).toBe('ΟΔΟΣ');
  });

  it('returns correct ranges for special tokens in the text', () => {
    expect(tokenTexts(uncased, 'the [MASK] bank')).toEqual([
      ['the', 'the'],
      ['[MASK]', '[MASK]'],
      ['bank', 'bank'],
    ]);
  });
});

describe('computeOffsets with cased WordPiece', () => {
  it('returns the ranges of words, subwords and unknown words', () => {
    expect(tokenTexts(cased, 'The É나는中')).toEqual([
      ['The', 'The'],
      ['[UNK]', 'É나는'],
      ['中', '中'],
    ]);
    expect(tokenTexts(cased, '커피 Bank')).toEqual([
      ['커', '커'],
      ['##피', '피'],
      ['B', 'B'],
      ['##a', 'a'],
      ['##n', 'n'],
      ['##k', 'k'],
    ]);
  });
});

describe('computeOffsets with byte-level BPE', () => {
  it('excludes leading spaces unless the token is only spaces', () => {
    expect(tokenTexts(byteLevel, 'The  bank')).toEqual([
      ['The', 'The'],
      ['Ġ', ' '],
      ['Ġbank', 'bank'],
    ]);
  });

  it('returns the range of the character for each of its bytes', () => {
    const found = tokenTexts(byteLevel, 'é👍🏽나');
    // The vocabulary has the first three bytes of one emoji as a token, two of the other, and all of 나.
    expect(found.map(([, text]) => text)).toEqual([
      'é',
      'é',
      ...Array(2).fill('👍'),
      ...Array(3).fill('🏽'),
      '나',
    ]);
  });

  it('returns correct ranges when a prefix space is added', () => {
    const prefixed = tokenizerOf(byteLevelJson({ type: 'ByteLevel', add_prefix_space: true }));
    expect(tokenTexts(prefixed, 'bank bank')).toEqual([
      ['Ġbank', 'bank'],
      ['Ġbank', 'bank'],
    ]);
  });

  it('returns correct ranges after a Split pre-tokenizer', () => {
    const split = tokenizerOf(
      byteLevelJson({
        type: 'Sequence',
        pretokenizers: [
          {
            type: 'Split',
            pattern: { Regex: '\\p{N}{1,2}| ?\\p{L}+|\\s+' },
            behavior: 'Isolated',
            invert: false,
          },
          { type: 'ByteLevel', add_prefix_space: false, use_regex: false },
        ],
      }),
    );
    expect(tokenTexts(split, 'The bank 123').map(([, text]) => text)).toEqual([
      'The',
      'bank',
      ' ',
      '1',
      '2',
      '3',
    ]);
  });

  it('returns correct ranges when an added token strips the space before it', () => {
    expect(tokenTexts(byteLevel, 'The <mask> bank')).toEqual([
      ['The', 'The'],
      ['<mask>', '<mask>'],
      ['Ġbank', 'bank'],
    ]);
  });
});

describe('computeOffsets with Unigram', () => {
  it('returns correct ranges for repeated spaces and compatibility decomposition', () => {
    expect(tokenTexts(unigram, 'The   river ﬁ')).toEqual([
      ['▁The', 'The'],
      ['▁river', 'river'],
      ['▁fi', 'ﬁ'],
    ]);
  });

  it('returns one range for consecutive unknown characters, which are fused', () => {
    expect(tokenTexts(unigram, 'ab漢字👍c')).toEqual([
      ['▁', ''],
      ['a', 'a'],
      ['b', 'b'],
      ['漢字👍', '漢字👍'],
      ['c', 'c'],
    ]);
  });

  it('returns the range of all jamo when the normalizer composes Hangul', () => {
    const text = '나는 커피를'.normalize('NFD');
    expect(tokenTexts(unigram, text)).toEqual([
      ['▁나는', '나는'.normalize('NFD')],
      ['▁커피를', '커피를'.normalize('NFD')],
    ]);
  });
});

describe('computeOffsets with BPE with byte fallback', () => {
  it('returns the range of the character for each of its bytes', () => {
    expect(tokenTexts(byteFallback, 'the 👍bank')).toEqual([
      ['▁the', 'the'],
      ['▁', ' '],
      ...['F0', '9F', '91', '8D'].map((byte) => [`<0x${byte}>`, '👍']),
      ...[...'bank'].map((letter) => [letter, letter]),
    ]);
  });
});

describe('Encoding.offsets', () => {
  it('refers to each text of a pair and is 0, 0 for special tokens', () => {
    const { offsets, sequenceIds } = uncased.encode('river bank', { pair: 'the cash', offsets: true });
    expect([...sequenceIds]).toEqual([-1, 0, 0, -1, 1, 1, -1]);
    expect([...offsets]).toEqual([0, 0, 0, 5, 6, 10, 0, 0, 0, 3, 4, 8, 0, 0]);
  });

  it('is undefined unless requested', () => {
    expect(uncased.encode('river bank').offsets).toBeUndefined();
    expect(uncased.encode('', { offsets: true }).offsets).toEqual(new Int32Array(4));
  });
});

describe('computeOffsets with random text', () => {
  const characters = [
    ...'abcdefiknrsthuv TBÉÀ.,!?#09 ',
    ' the ',
    ' bank',
    'river ',
    ' ',
    '\t',
    '\n',
    '\u00a0',
    '\u3000',
    '\u200b',
    '\u0000',
    '\ufeff',
    '\ufffd',
    'é',
    'e\u0301',
    'ñ',
    'q\u0323\u0307',
    '\u0301',
    'ß',
    'İ',
    'Σ',
    'ς',
    'ﬁ',
    '①',
    'Å',
    'ｶ\uff9e',
    'Ａ',
    '～',
    '가',
    '각',
    '나는',
    '나는'.normalize('NFD'),
    '가\u11a8',
    '\u1112',
    'ㅎ',
    '中',
    '文',
    '𠮷',
    'か\u3099',
    '👍',
    '👍🏽',
    '👩‍👩‍👧',
    '🇰🇷',
    '\ud83d',
    '[MASK]',
    '<mask>',
    '<s>',
    'क्षि',
    'العربية',
    'ไทย',
    '▁',
    '##',
    'Ġ',
  ];
  const random = randomNumbers(7);
  const texts = Array.from({ length: 400 }, () =>
    Array.from({ length: random() % 14 }, () => characters[random() % characters.length]).join(''),
  );
  const wellFormed = (text: string) => !/\p{Cs}/u.test(text);
  const spaceless = (text: string) => text.replace(/[\s▁\p{C}\ufffd]/gu, '');
  const fold = (text: string) =>
    spaceless(
      text.normalize('NFKD').toLowerCase().normalize('NFKD').replace(/\p{M}/gu, '').replaceAll('ς', 'σ'),
    );

  it.each([
    ['uncased WordPiece', uncased, fold, (token: string) => fold(token.replace(/^##(?=.)/, ''))],
    ['cased WordPiece', cased, fold, (token: string) => fold(token.replace(/^##(?=.)/, ''))],
    ['byte-level BPE', byteLevel, toByteLevel, (token: string) => token.replace(/^Ġ+/, '')],
    ['Unigram', unigram, fold, fold],
    ['BPE with byte fallback', byteFallback, fold, fold],
  ])(
    'returns ranges that contain the text of each token with %s',
    (_, tokenizer, normalizeText, normalizeToken) => {
      for (const text of texts) {
        const { tokens, offsets, ids } = tokenizer.encode(text, { addSpecialTokens: false, offsets: true });
        expect([...tokenizer.encode(text, { addSpecialTokens: false }).ids]).toEqual([...ids]);
        expect(offsets.length).toBe(2 * tokens.length);
        for (const [i, token] of tokens.entries()) {
          const [start, end] = [offsets[2 * i]!, offsets[2 * i + 1]!];
          const shown = JSON.stringify([text, token, text.slice(start, end)]);
          expect(0 <= start && start <= end && end <= text.length, shown).toBe(true);
          if (i > 0) expect(start, shown).toBeGreaterThanOrEqual(offsets[2 * i - 2]!);
          // Offsets never split a surrogate pair.
          expect(wellFormed(text.slice(start, end)) || !wellFormed(text), shown).toBe(true);
          if (/^(\[UNK\]|<unk>|<0x..>)$/.test(token)) continue;
          expect(normalizeText(text.slice(start, end)), shown).toContain(normalizeToken(token));
        }
      }
    },
  );
});
