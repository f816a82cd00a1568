import type { ConfigReader } from '../../models/config.ts';
import type { CoreDecoderConfig } from '../../models/decoders/registry.ts';
import type { EncoderConfig } from '../../models/encoders/registry.ts';
import type { RecurrentSeq2SeqConfig } from '../../models/recurrent/recurrent-seq2seq.ts';
import type { Seq2SeqConfig } from '../../models/seq2seq/registry.ts';
import type { ParameterSet } from '../parameters/parameters.ts';

type ModelConfig = EncoderConfig | CoreDecoderConfig | Seq2SeqConfig | RecurrentSeq2SeqConfig;

/** What Hugging Face's classes do not train. */
interface Untrained {
  /** Names of buffers, and of parameters without a gradient. */
  readonly frozen?: RegExp;
  /** Names of embedding tables with a padding row. */
  readonly padded?: RegExp;
  /** Their row. */
  readonly paddingIdx?: number | undefined;
}

/** Marks buffers as not trainable, and the padding rows of embedding tables. */
export function markUntrained(parameters: ParameterSet, config: ModelConfig, reader: ConfigReader): void {
  const { frozen, padded, paddingIdx } = untrainedOf(config, reader);
  for (const parameter of parameters) {
    if (frozen?.test(parameter.name)) parameter.trainable = false;
    if (padded?.test(parameter.name)) parameter.paddingIdx = paddingIdx;
  }
}

function untrainedOf(config: ModelConfig, reader: ConfigReader): Untrained {
  switch (config.modelType) {
    case 'gpt2':
    case 't5':
    case 'mt5':
    case 'recurrent_seq2seq':
      return {};
    case 'bart':
    case 'marian':
      return {
        // Marian's positions are sinusoids.
        frozen:
          config.modelType === 'bart'
            ? /^final_logits_bias$/
            : /^final_logits_bias$|(^|\.)embed_positions\.weight$/,
        padded: /(^|\.)(shared|embed_tokens)\.weight$/,
        paddingIdx: config.padTokenId,
      };
    case 'llama':
    case 'mistral':
    case 'qwen2':
    case 'qwen3':
      return { padded: /(^|\.)embed_tokens\.weight$/, paddingIdx: paddingRow(reader) };
    case 'bert':
    case 'electra':
      return { padded: WORDS, paddingIdx: paddingRow(reader, 0) };
    case 'distilbert':
      return {
        ...(reader.flag('sinusoidal_pos_embds', false) && {
          frozen: /(^|\.)embeddings\.position_embeddings\.weight$/,
        }),
        padded: WORDS,
        paddingIdx: paddingRow(reader, 0),
      };
    default:
      return {
        padded: /(^|\.)embeddings\.(word|position)_embeddings\.weight$/,
        paddingIdx: 'paddingIdx' in config ? config.paddingIdx : undefined,
      };
  }
}

const WORDS = /(^|\.)embeddings\.word_embeddings\.weight$/;

/** `pad_token_id`, or if the file has none `fallback`. Null in the file means none. */
export function paddingRow(reader: ConfigReader, fallback?: number): number | undefined {
  if (reader.raw('pad_token_id') === null) return undefined;
  const [id] = reader.ids('pad_token_id') ?? [];
  return id ?? fallback;
}
