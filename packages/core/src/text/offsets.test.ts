import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { minilmFiles } from '../../test/helpers/minilm.ts';
import { randomNumbers } from '../../test/helpers/safetensors.ts';
import {
  byteFallbackJson,
  byteLevelJson,
  casedJson,
  spellBytes,
  tokenizerOf,
  unigramJson,
} from '../../test/helpers/tiny-tokenizers.ts';
import type { Tokenizer } from './tokenizer.ts';

const uncased = tokenizerOf(JSON.parse(readFileSync(minilmFiles.tokenizer, 'utf8')));
const cased = tokenizerOf(casedJson());
const byteLevel = tokenizerOf(byteLevelJson());
const unigram = tokenizerOf(unigramJson());
const byteFallback = tokenizerOf(byteFallbackJson());

/** Each token and the text that it stands for. */
function placed(tokenizer: Tokenizer, text: string): [token: string, text: string][] {
  const { tokens, offsets } = tokenizer.encode(text, { addSpecialTokens: false, offsets: true });
  return tokens.map((token, i) => [token, text.slice(offsets[2 * i], offsets[2 * i + 1])]);
}

describe('WordPiece without accents and case', () => {
  it('finds words and their parts', () => {
    expect(placed(uncased, 'She sat,  by the Headwise.')).toEqual([
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
  ])('counts accents that were stripped, %s', (_, text) => {
    const [first, second] = text.split(' ');
    expect(placed(uncased, text)).toEqual([
      ['cafe', first],
      ['naive', second],
    ]);
  });

  it('gives every letter of a Hangul syllable the whole of it, unless the text spells it in letters', () => {
    const composed = placed(uncased, '커피를');
    const letters = [...'커피를'.normalize('NFD')];
    expect(composed.map(([token]) => token.replace('##', ''))).toEqual(letters);
    expect(composed.map(([, text]) => text)).toEqual([...'커커피피를를를']);
    const decomposed = placed(uncased, '커피를'.normalize('NFD'));
    expect(decomposed.map(([, text]) => text)).toEqual(letters);
  });

  it('knows where unknown words, Chinese characters and what follows them are', () => {
    expect(placed(uncased, 'a👩‍👧b 中文 c')).toEqual([
      ['[UNK]', 'a👩‍👧b'],
      ['中', '中'],
      ['文', '文'],
      ['c', 'c'],
    ]);
  });

  it('leaves out characters that mean nothing', () => {
    expect(placed(uncased, 'ri\u0000ver\u200b bank')).toEqual([
      ['river', 'ri\u0000ver'],
      ['bank', 'bank'],
    ]);
  });

  it('copes with letters whose lower case is longer or depends on their neighbours', () => {
    expect(placed(uncased, 'İstanbul river').map(([, text]) => text)).toEqual(['İstanbul', 'river']);
    const greek = placed(uncased, 'ΟΔΟΣ river').map(([, text]) => text);
    expect(greek.at(-1)).toBe('river');
    expect(greek.slice(0, -1).join('')).toBe('ΟΔΟΣ');
  });

  it('finds special tokens that the text spells out', () => {
    expect(placed(uncased, 'the [MASK] bank')).toEqual([
      ['the', 'the'],
      ['[MASK]', '[MASK]'],
      ['bank', 'bank'],
    ]);
  });
});

describe('WordPiece with accents and case', () => {
  it('keeps both', () => {
    expect(placed(cased, 'The É나는中')).toEqual([
      ['The', 'The'],
      ['[UNK]', 'É나는'],
      ['中', '中'],
    ]);
    expect(placed(cased, '커피 Bank')).toEqual([
      ['커', '커'],
      ['##피', '피'],
      ['B', 'B'],
      ['##a', 'a'],
      ['##n', 'n'],
      ['##k', 'k'],
    ]);
  });
});

describe('byte-level BPE', () => {
  it('leaves spaces out of the place of a word, but not out of that of spaces', () => {
    expect(placed(byteLevel, 'The  bank')).toEqual([
      ['The', 'The'],
      ['Ġ', ' '],
      ['Ġbank', 'bank'],
    ]);
  });

  it('gives all bytes of a character its whole place', () => {
    const found = placed(byteLevel, 'é👍🏽나');
    // The vocabulary has the first three bytes of one emoji as a token, two of the other, and all of 나.
    expect(found.map(([, text]) => text)).toEqual([
      'é',
      'é',
      ...Array(2).fill('👍'),
      ...Array(3).fill('🏽'),
      '나',
    ]);
  });

  it('knows of a space that was put before the text', () => {
    const prefixed = tokenizerOf(byteLevelJson({ type: 'ByteLevel', add_prefix_space: true }));
    expect(placed(prefixed, 'bank bank')).toEqual([
      ['Ġbank', 'bank'],
      ['Ġbank', 'bank'],
    ]);
  });

  it('follows other splits before it', () => {
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
    expect(placed(split, 'The bank 123').map(([, text]) => text)).toEqual([
      'The',
      'bank',
      ' ',
      '1',
      '2',
      '3',
    ]);
  });

  it('lets a mask take the space before it', () => {
    expect(placed(byteLevel, 'The <mask> bank')).toEqual([
      ['The', 'The'],
      ['<mask>', '<mask>'],
      ['Ġbank', 'bank'],
    ]);
  });
});

describe('Unigram', () => {
  it('finds words, several spaces, and letters made one by compatibility', () => {
    expect(placed(unigram, 'The   river ﬁ')).toEqual([
      ['▁The', 'The'],
      ['▁river', 'river'],
      ['▁fi', 'ﬁ'],
    ]);
  });

  it('takes unknown characters that follow one another for one token', () => {
    expect(placed(unigram, 'ab漢字👍c')).toEqual([
      ['▁', ''],
      ['a', 'a'],
      ['b', 'b'],
      ['漢字👍', '漢字👍'],
      ['c', 'c'],
    ]);
  });

  it('composes Hangul', () => {
    const text = '나는 커피를'.normalize('NFD');
    expect(placed(unigram, text)).toEqual([
      ['▁나는', '나는'.normalize('NFD')],
      ['▁커피를', '커피를'.normalize('NFD')],
    ]);
  });
});

describe('BPE with bytes for what is unknown', () => {
  it('gives all bytes of a character its whole place', () => {
    expect(placed(byteFallback, 'the 👍bank')).toEqual([
      ['▁the', 'the'],
      ['▁', ' '],
      ...['F0', '9F', '91', '8D'].map((byte) => [`<0x${byte}>`, '👍']),
      ...[...'bank'].map((letter) => [letter, letter]),
    ]);
  });
});

describe('an encoding', () => {
  it('has places in both texts of a pair, and none for special tokens', () => {
    const { offsets, sequenceIds } = uncased.encode('river bank', { pair: 'the cash', offsets: true });
    expect([...sequenceIds]).toEqual([-1, 0, 0, -1, 1, 1, -1]);
    expect([...offsets]).toEqual([0, 0, 0, 5, 6, 10, 0, 0, 0, 3, 4, 8, 0, 0]);
  });

  it('has no places unless asked for them', () => {
    expect(uncased.encode('river bank').offsets).toBeUndefined();
    expect(uncased.encode('', { offsets: true }).offsets).toEqual(new Int32Array(4));
  });
});

describe('any text', () => {
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
    ['byte-level BPE', byteLevel, spellBytes, (token: string) => token.replace(/^Ġ+/, '')],
    ['Unigram', unigram, fold, fold],
    ['BPE with byte fallback', byteFallback, fold, fold],
  ])('has its tokens where they are by %s', (_, tokenizer, spellText, spellToken) => {
    for (const text of texts) {
      const { tokens, offsets, ids } = tokenizer.encode(text, { addSpecialTokens: false, offsets: true });
      expect([...tokenizer.encode(text, { addSpecialTokens: false }).ids]).toEqual([...ids]);
      expect(offsets.length).toBe(2 * tokens.length);
      for (const [i, token] of tokens.entries()) {
        const [start, end] = [offsets[2 * i]!, offsets[2 * i + 1]!];
        const shown = JSON.stringify([text, token, text.slice(start, end)]);
        expect(0 <= start && start <= end && end <= text.length, shown).toBe(true);
        if (i > 0) expect(start, shown).toBeGreaterThanOrEqual(offsets[2 * i - 2]!);
        // Never through the middle of a character.
        expect(wellFormed(text.slice(start, end)) || !wellFormed(text), shown).toBe(true);
        if (/^(\[UNK\]|<unk>|<0x..>)$/.test(token)) continue;
        expect(spellText(text.slice(start, end)), shown).toContain(spellToken(token));
      }
    }
  });
});
