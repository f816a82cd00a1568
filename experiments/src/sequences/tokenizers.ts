import { Tokenizer } from '@headwise/core';
import { trainBpe, trainUnigram } from '@headwise/core/train';

/** A tokenizer and the files that it is loaded from. */
export interface TaskTokenizer {
  readonly tokenizer: Tokenizer;
  /** Contents of tokenizer.json and tokenizer_config.json. */
  readonly files: Readonly<Record<'tokenizer.json' | 'tokenizer_config.json', unknown>>;
}

/** Special tokens of all tokenizers here, by their ids. Texts end with `</s>`, sources and targets. */
export const PAD = 0;
export const BOS = 1;
export const EOS = 2;
const specialTokens = ['<pad>', '<s>', '</s>', '<unk>'];

const postProcessor = {
  type: 'TemplateProcessing',
  single: [{ Sequence: { id: 'A', type_id: 0 } }, { SpecialToken: { id: '</s>', type_id: 0 } }],
  pair: [
    { Sequence: { id: 'A', type_id: 0 } },
    { SpecialToken: { id: '</s>', type_id: 0 } },
    { Sequence: { id: 'B', type_id: 0 } },
    { SpecialToken: { id: '</s>', type_id: 0 } },
  ],
  special_tokens: { '</s>': { id: '</s>', ids: [EOS], tokens: ['</s>'] } },
};

const split = (regex: string, behavior: 'Isolated' | 'Removed') => ({
  type: 'Split',
  pattern: { Regex: regex },
  behavior,
  invert: false,
});
/** Spaces as `▁` at the beginning of words, none before the first one. */
const metaspace = { type: 'Metaspace', replacement: '▁', prepend_scheme: 'never', split: false };

async function bpe(texts: readonly string[], preTokenizer: unknown, decoder: unknown, vocabSize?: number) {
  const trained = await trainBpe(texts, {
    byteLevel: false,
    endOfWordSuffix: '',
    specialTokens,
    preTokenizer: preTokenizer as never,
    decoder: decoder as never,
    postProcessor: postProcessor as never,
    // Without a limit every word of the texts becomes one token.
    vocabSize: vocabSize ?? 1_000_000,
  });
  return finish(trained);
}

function finish(trained: { tokenizerJson: unknown; tokenizerConfigJson: unknown }): TaskTokenizer {
  const files = {
    'tokenizer.json': trained.tokenizerJson,
    'tokenizer_config.json': trained.tokenizerConfigJson,
  };
  return { tokenizer: Tokenizer.fromFiles(trained as never), files };
}

/** Each word, digit and punctuation mark is a token. */
export const digitTokenizer = (texts: readonly string[]): Promise<TaskTokenizer> =>
  bpe(
    texts,
    { type: 'Sequence', pretokenizers: [metaspace, split('▁?\\p{L}+|▁?[^▁\\p{L}]', 'Isolated')] },
    metaspace,
  );

/** Frequent words and parts of words by byte pair encoding of characters (Sennrich et al. 2016), of both languages together. */
export function bpeTokenizer(texts: readonly string[], vocabSize: number): Promise<TaskTokenizer> {
  const words = { ...metaspace, prepend_scheme: 'always' };
  const parts = split('▁?\\d+|▁?\\p{L}+|▁?[^▁\\d\\p{L}]', 'Isolated');
  return bpe(texts, { type: 'Sequence', pretokenizers: [words, parts] }, words, vocabSize);
}

/** Each character is a token. */
export const characterTokenizer = (texts: readonly string[]): Promise<TaskTokenizer> =>
  bpe(texts, split('[\\s\\S]', 'Isolated'), { type: 'Fuse' });

/** Each small letter is a token, and each word of capital letters (a phoneme). Decoded with spaces between tokens. */
export const phonemeTokenizer = (texts: readonly string[]): Promise<TaskTokenizer> =>
  bpe(
    texts,
    { type: 'Sequence', pretokenizers: [split('\\s+', 'Removed'), split("[A-Z]+|[a-z']", 'Isolated')] },
    null,
  );

/** Subwords by a unigram language model (Kudo 2018), of both languages together. */
export async function subwordTokenizer(texts: readonly string[], vocabSize: number): Promise<TaskTokenizer> {
  return finish(
    await trainUnigram(texts, { vocabSize, specialTokens, postProcessor: postProcessor as never }),
  );
}
