import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { minilmFiles } from '../../test/helpers/minilm.ts';
import {
  byteFallbackJson,
  byteLevelJson,
  tokenizerOf,
  unigramJson,
} from '../../test/helpers/tiny-tokenizers.ts';
import type { Tokenizer } from './tokenizer.ts';
import { trimmedRange } from './trimmed-range.ts';

const uncased = tokenizerOf(JSON.parse(readFileSync(minilmFiles.tokenizer, 'utf8')));
const byteLevel = tokenizerOf(byteLevelJson());

/** Each token and the text at its offsets. */
function tokenTexts(tokenizer: Tokenizer, text: string): [token: string, text: string][] {
  const { tokens, offsets } = tokenizer.encode(text, { addSpecialTokens: false, offsets: true });
  return tokens.map((token, i) => [token, text.slice(offsets[2 * i], offsets[2 * i + 1])]);
}

// That offsets are the library's is tested in test/text/conformance.test.ts.
describe('Encoding.offsets', () => {
  it('are in UTF-16 code units, after characters of two', () => {
    expect(tokenTexts(uncased, '👩‍👧 She sat, 𠮷elephant')).toEqual([
      ['[UNK]', '👩‍👧'],
      ['she', 'She'],
      ['sat', 'sat'],
      [',', ','],
      ['[UNK]', '𠮷'],
      ['elephant', 'elephant'],
    ]);
  });

  it('are those of the base character of a removed accent, as in the library', () => {
    expect(tokenTexts(uncased, 'Caf\u00e9 nai\u0308ve.')).toEqual([
      ['cafe', 'Caf\u00e9'],
      ['naive', 'nai\u0308ve'],
      ['.', '.'],
    ]);
  });

  it('are those of the syllable for each jamo', () => {
    expect(tokenTexts(uncased, '커피를').map(([, text]) => text)).toEqual([...'커커피피를를를']);
  });

  it('are those of the character for each of its bytes', () => {
    const bytes = tokenTexts(byteLevel, 'é👍나').map(([, text]) => text);
    expect(bytes.join('')).toMatch(/^é{2}(👍)+나+$/u);
    expect(tokenTexts(tokenizerOf(byteFallbackJson()), 'the 👍').map(([, text]) => text)).toEqual([
      'the',
      ' ',
      ...Array(4).fill('👍'),
    ]);
  });

  it('exclude the space that is only in the token when the post-processor trims offsets', () => {
    expect(tokenTexts(byteLevel, 'The bank')).toEqual([
      ['The', 'The'],
      ['Ġbank', 'bank'],
    ]);
    const { post_processor: _, ...untrimmed } = byteLevelJson();
    expect(tokenTexts(tokenizerOf(untrimmed), 'The bank')[1]).toEqual(['Ġbank', ' bank']);
  });

  it('refer to each text of a pair and are 0, 0 for special tokens', () => {
    const { offsets, sequenceIds } = uncased.encode('river bank', { pair: 'the cash', offsets: true });
    expect([...sequenceIds]).toEqual([-1, 0, 0, -1, 1, 1, -1]);
    expect([...offsets]).toEqual([0, 0, 0, 5, 6, 10, 0, 0, 0, 3, 4, 8, 0, 0]);
  });

  it('count unpaired surrogates as one unit, which are tokenized as U+FFFD', () => {
    const { offsets, tokens } = tokenizerOf(unigramJson()).encode('a\ud800b', { offsets: true });
    expect(tokens).toEqual(['<s>', '▁', 'a', '\ufffd', 'b', '</s>']);
    expect([...offsets.slice(4, 10)]).toEqual([0, 1, 1, 2, 2, 3]);
  });

  it('are undefined unless requested', () => {
    expect(uncased.encode('river bank').offsets).toBeUndefined();
    expect(uncased.encode('', { offsets: true }).offsets).toEqual(new Int32Array(4));
  });
});

describe('trimmedRange', () => {
  it.each([
    ['a bank b', 1, 7, [2, 6]],
    ['bank', 0, 4, [0, 4]],
    ['a  ', 1, 3, [3, 3]],
  ])('of %j from %i to %i', (text, start, end, expected) => {
    expect(trimmedRange(text, start, end)).toEqual(expected);
  });
});
