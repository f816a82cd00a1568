import type { ActivationName } from '../../backend/backend.ts';
import { ConfigError } from '../../errors.ts';
import type { ConfigReader } from '../config.ts';

/** What the configurations of all decoders have. Plain data: it also travels to workers. */
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
  /** Most tokens that a text may have, those that the model writes included. */
  readonly contextLength: number;
  /** Whether the embeddings are the output head's weight, too. */
  readonly tieWordEmbeddings: boolean;
  /** The token that begins a text, if there is one. */
  readonly bosTokenId: number | undefined;
  /** Tokens that end a text; none if it is not said. */
  readonly eosTokenIds: readonly number[];
}

/** The tokens that begin and end texts. What the file says by null there is none of, whatever the defaults. */
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

/** Values that say how a model computes, and those of them that say what Headwise does anyway. */
export type NeutralValues = Readonly<Record<string, readonly unknown[]>>;

/** Values that some architectures compute with and Headwise's decoders do not, and what they are when they change nothing. */
const NEUTRAL: NeutralValues = {
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

/** Throws `ConfigError` for a value that would change what a decoder computes in a way that Headwise does not know. */
export function refuseUnknownArithmetic(reader: ConfigReader): void {
  refuseUnless(reader, NEUTRAL);
}

/** Throws `ConfigError` for a value that the file has and that is none of the neutral ones. */
export function refuseUnless(reader: ConfigReader, neutral: NeutralValues): void {
  for (const [name, values] of Object.entries(neutral)) {
    const value = reader.raw(name);
    if (value === undefined || value === null || values.includes(value)) continue;
    throw new ConfigError(
      `config.json: ${name} changes what the model computes in a way that is not supported, got ${JSON.stringify(value).slice(0, 80)}`,
    );
  }
}

/** Throws `ConfigError` for heads that do not share out keys and values evenly. */
export function checkKeyValueHeads(heads: number, keyValueHeads: number): void {
  if (heads % keyValueHeads === 0) return;
  throw new ConfigError(
    `config.json: num_attention_heads must be a multiple of num_key_value_heads, got ${heads} and ${keyValueHeads}`,
  );
}
