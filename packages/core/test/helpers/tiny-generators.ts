import { readFileSync } from 'node:fs';
import { type CausalLM, type LoadGeneratorOptions, loadCausalLM, Tokenizer } from '../../src/index.ts';
import { type TinyDecoder, tinyDecoderConfig, tinyDecoderWeights } from './tiny-decoders.ts';
import { type TinySeq2Seq, tinySeq2SeqConfig, tinySeq2SeqWeights } from './tiny-seq2seq.ts';

const SPECIAL = ['<pad>', '<s>', '</s>', '<unk>'];
const LETTERS = [...'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'];

/** The 61 tokens of the tiny models: special tokens, space, letters and punctuation. */
export const tinyTokens = [...SPECIAL, '▁', ...LETTERS, ...'.,!?'];

/** tokenizer.json of a character tokenizer for the tiny models. `</s>` is the end-of-sequence token; none are added to a text. */
export function tinyGeneratorTokenizer(): Record<string, unknown> {
  return {
    model: {
      type: 'BPE',
      vocab: Object.fromEntries(tinyTokens.map((token, id) => [token, id])),
      merges: [],
      unk_token: '<unk>',
      fuse_unk: false,
    },
    added_tokens: SPECIAL.map((content, id) => ({ id, content, special: true, normalized: false })),
    pre_tokenizer: { type: 'Metaspace', replacement: '▁', add_prefix_space: false, prepend_scheme: 'never' },
    decoder: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'never' },
  };
}

/** The tokenizer of {@link tinyGeneratorTokenizer}. */
export const tinyTokenizerOf = (config: Record<string, unknown> = {}): Tokenizer =>
  Tokenizer.fromFiles({ tokenizerJson: tinyGeneratorTokenizer(), tokenizerConfigJson: config });

/** Files of a tiny decoder in memory, for `loadCausalLM`. */
export function tinyDecoderFiles(name: TinyDecoder, more: Record<string, string> = {}) {
  return {
    'config.json': JSON.stringify(tinyDecoderConfig(name)),
    'tokenizer.json': JSON.stringify(tinyGeneratorTokenizer()),
    'tokenizer_config.json': '{"tokenizer_class":"PreTrainedTokenizerFast"}',
    'model.safetensors': tinyDecoderWeights(name),
    ...more,
  };
}

export const loadTinyCausalLM = (name: TinyDecoder, options: LoadGeneratorOptions = {}): Promise<CausalLM> =>
  loadCausalLM(tinyDecoderFiles(name), options);

/** A beam search computed with PyTorch by test/fixtures/make/generation.py. */
export interface BeamCase {
  readonly prompt: readonly number[];
  readonly numBeams: number;
  readonly lengthPenalty: number;
  readonly earlyStopping: boolean | 'never';
  readonly maxNewTokens: number;
  readonly eosTokenId: number | null;
  readonly hypotheses: readonly {
    readonly ids: readonly number[];
    readonly score: number;
    readonly finished: boolean;
  }[];
  readonly [option: string]: unknown;
}

export const tinyReference = (folder: 'decoders' | 'seq2seq-lm', name: string) =>
  JSON.parse(readFileSync(new URL(`../fixtures/${folder}/${name}/reference.json`, import.meta.url), 'utf8'));

/** The post-processor that ends texts with a token. */
export function endingWith(token: string, id: number): Record<string, unknown> {
  const single = [{ Sequence: { id: 'A', type_id: 0 } }, { SpecialToken: { id: token, type_id: 0 } }];
  const special_tokens = { [token]: { id: token, ids: [id], tokens: [token] } };
  return { type: 'TemplateProcessing', single, pair: single, special_tokens };
}

/** Files of a tiny encoder–decoder in memory, for `loadSeq2SeqLM`. The tokenizer appends the model's end-of-sequence token. */
export function tinySeq2SeqFiles(name: TinySeq2Seq, more: Record<string, string> = {}) {
  const config = tinySeq2SeqConfig(name);
  const end = tinyTokens[Number(config.eos_token_id)]!;
  return {
    'config.json': JSON.stringify(config),
    'tokenizer.json': JSON.stringify({
      ...tinyGeneratorTokenizer(),
      post_processor: endingWith(end, Number(config.eos_token_id)),
    }),
    'model.safetensors': tinySeq2SeqWeights(name),
    // Not a class with language tokens, which this vocabulary does not have.
    'tokenizer_config.json': JSON.stringify({ tokenizer_class: 'PreTrainedTokenizerFast' }),
    ...more,
  };
}
