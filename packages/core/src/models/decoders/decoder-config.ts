import type { ActivationName } from '../../backend/backend.ts';
import { ConfigError } from '../../errors.ts';
import type { ConfigReader } from '../config.ts';
import { checkSupported, type SupportedValues } from '../supported-values.ts';

/** The configuration values of all decoder-only models. Structured-cloneable: it is posted to workers. */
export interface DecoderSizes {
  readonly vocabSize: number;
  readonly hiddenSize: number;
  readonly numHiddenLayers: number;
  readonly numAttentionHeads: number;
  /** Heads of keys and values, a divisor of `numAttentionHeads`. */
  readonly numKeyValueHeads: number;
  /** Features of a head. */
  readonly headDim: number;
  readonly intermediateSize: number;
  readonly hiddenAct: ActivationName;
  /** Epsilon of every norm. */
  readonly normEps: number;
  /** Maximum tokens of a sequence, prompt and generated. */
  readonly contextLength: number;
  /** Whether the output head's weight is the token embeddings. */
  readonly tieWordEmbeddings: boolean;
  /** The begin-of-sequence token, if there is one. */
  readonly bosTokenId: number | undefined;
  /** End-of-sequence tokens; may be empty. */
  readonly eosTokenIds: readonly number[];
}

/** Reads the begin- and end-of-sequence tokens. Null in the file means none, not the default. */
export function readTextEnds(
  reader: ConfigReader,
  defaults: { bos?: number; eos?: number } = {},
): Pick<DecoderSizes, 'bosTokenId' | 'eosTokenIds'> {
  const [bos] = idsOf(reader, 'bos_token_id', defaults.bos);
  return { bosTokenId: bos, eosTokenIds: idsOf(reader, 'eos_token_id', defaults.eos) };
}

function idsOf(reader: ConfigReader, name: string, fallback: number | undefined): readonly number[] {
  const given = reader.ids(name);
  if (given) return given;
  return fallback === undefined || reader.raw(name) === null ? [] : [fallback];
}

/** Values of some architectures that the decoders here do not implement, with the settings that have no effect. */
const SUPPORTED: SupportedValues = {
  add_cross_attention: [false],
  attention_multiplier: [],
  attn_logit_softcapping: [],
  embedding_multiplier: [1],
  final_logit_softcapping: [],
  logit_scale: [1],
  logits_scaling: [1],
  no_rope_layers: [],
  num_experts: [0],
  num_local_experts: [0],
  quantization_config: [],
  residual_multiplier: [1],
};

/** Throws `ConfigError` for values that would change a decoder's arithmetic in an unsupported way. */
export function checkDecoderArithmetic(reader: ConfigReader): void {
  checkSupported(reader, SUPPORTED);
}

/** Throws `ConfigError` unless `keyValueHeads` divides `heads`. */
export function checkKeyValueHeads(heads: number, keyValueHeads: number): void {
  if (heads % keyValueHeads === 0) return;
  throw new ConfigError(
    `config.json: num_attention_heads must be a multiple of num_key_value_heads, got ${heads} and ${keyValueHeads}`,
  );
}
