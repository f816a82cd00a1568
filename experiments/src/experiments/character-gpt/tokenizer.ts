import { Tokenizer } from '@headwise/core';
import type { TaskTokenizer } from '../../sequences/tokenizers.ts';

/** Ids of the special tokens: the beginning of a text, its end, and any character that is not in the alphabet. */
export const BOS = 0;
export const EOS = 1;
export const UNK = 2;
const specialTokens = ['<|begin|>', '<|end|>', '<|unknown|>'];

/** Characters that occur at least so often, by code point. Syllables of Hangul are one character each (NFC). */
export function alphabetOf(texts: Iterable<string>, atLeast: number): string[] {
  const counts = new Map<string, number>();
  for (const text of texts)
    for (const character of text.normalize('NFC')) counts.set(character, (counts.get(character) ?? 0) + 1);
  return [...counts]
    .filter(([, count]) => count >= atLeast)
    .map(([character]) => character)
    .sort((a, b) => a.codePointAt(0)! - b.codePointAt(0)!);
}

/** Each character is a token. Encoding puts `<|begin|>` before a text, and nothing behind it. */
export function characterTokenizer(alphabet: readonly string[]): TaskTokenizer {
  const tokenizerJson = {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: specialTokens.map((content, id) => ({
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: { type: 'NFC' },
    pre_tokenizer: { type: 'Split', pattern: { Regex: '[\\s\\S]' }, behavior: 'Isolated', invert: false },
    post_processor: {
      type: 'TemplateProcessing',
      single: [
        { SpecialToken: { id: specialTokens[BOS], type_id: 0 } },
        { Sequence: { id: 'A', type_id: 0 } },
      ],
      pair: [
        { SpecialToken: { id: specialTokens[BOS], type_id: 0 } },
        { Sequence: { id: 'A', type_id: 0 } },
        { Sequence: { id: 'B', type_id: 0 } },
      ],
      special_tokens: {
        [specialTokens[BOS]!]: { id: specialTokens[BOS], ids: [BOS], tokens: [specialTokens[BOS]] },
      },
    },
    decoder: { type: 'Fuse' },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: specialTokens[UNK],
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: Object.fromEntries([...specialTokens, ...alphabet].map((token, id) => [token, id])),
      merges: [],
    },
  };
  const tokenizerConfigJson = {
    tokenizer_class: 'PreTrainedTokenizerFast',
    clean_up_tokenization_spaces: false,
    bos_token: specialTokens[BOS],
    eos_token: specialTokens[EOS],
    unk_token: specialTokens[UNK],
  };
  return {
    tokenizer: Tokenizer.fromFiles({ tokenizerJson, tokenizerConfigJson }),
    files: { 'tokenizer.json': tokenizerJson, 'tokenizer_config.json': tokenizerConfigJson },
  };
}
