import type { Backend } from '../../backend/backend.ts';
import { ConfigError } from '../../errors.ts';
import type { StoredRows } from '../../nn/load/weight-loader.ts';
import type { HeadNormKind } from '../../nn/modules/head-norms.ts';
import type { LogitOptions } from '../../nn/modules/lm-head.ts';
import type { NormKind } from '../../nn/modules/norm.ts';
import type { WeightPlan } from '../../nn/run/shard.ts';
import type { Checkpoint } from '../../weights/types.ts';
import { prefixOf } from '../checkpoint-names.ts';
import type { ConfigReader } from '../config.ts';
import type { FAMILY_TYPES } from '../model-types.ts';
import { checkKeyValueHeads, type DecoderSizes } from './decoder-config.ts';
import { DecoderStack } from './decoder-stack.ts';
import type { DecoderBlockLayout, DecoderLayout } from './layout.ts';
import { type RotarySettings, rotaryOptions } from './rope-config.ts';

// Architectures that are described by data: sizes, arithmetic, and names of tensors.

export type FamilyType = (typeof FAMILY_TYPES)[number];

/** Names of a block's tensors, relative to the block, and where it has biases and norms. */
export interface FamilyBlock {
  readonly attention: {
    readonly query: string;
    readonly key: string;
    readonly value: string;
    readonly output: string;
  };
  /**
   * Where queries, keys and values lie in one tensor of this name: one after another (`parts`), or by key-value head, each with its queries, its
   * keys and its values (`heads`).
   */
  readonly packed?: { readonly name: string; readonly order: 'parts' | 'heads' };
  /** Biases of the query, key and value projections, and of the output projection. */
  readonly inputBias: boolean;
  readonly outputBias: boolean;
  readonly headNorms?: { readonly query: string; readonly key: string; readonly kind: HeadNormKind };
  readonly feedForward: { readonly gate?: string; readonly up: string; readonly down: string };
  /** Where `gate` and `up` are the halves of one tensor of this name. */
  readonly packedGate?: string;
  readonly feedForwardBias: boolean;
  readonly attentionNorm?: string;
  readonly attentionOutputNorm?: string;
  readonly feedForwardNorm?: string;
  readonly feedForwardOutputNorm?: string;
}

/** Experts in the place of feed-forward networks. Names are relative to the block. */
export interface FamilyExperts {
  readonly router: string;
  /** With `{}` for the expert's number. */
  readonly gate: string;
  readonly up: string;
  readonly down: string;
  readonly count: number;
  readonly perToken: number;
  readonly intermediateSize: number;
  readonly normalized: boolean;
  readonly shared?: {
    readonly intermediateSize: number;
    readonly layer: string;
    readonly gate: string;
  };
  /** Blocks with plain feed-forward networks. */
  readonly without: readonly number[];
}

/** The configuration of an architecture that is described by data. Structured-cloneable: it is posted to workers. */
export interface FamilyConfig extends DecoderSizes {
  readonly modelType: (typeof FAMILY_TYPES)[number];
  /** Prefixes that all names may have, the first one that the checkpoint has; else none. */
  readonly prefixes: readonly string[];
  readonly tokenEmbeddings: string;
  readonly embeddingScale?: number;
  readonly projections?: DecoderLayout['projections'];
  readonly positionEmbeddings?: { readonly name: string; readonly offset: number };
  /** Name of the list of blocks. */
  readonly blocks: string;
  readonly block: FamilyBlock;
  readonly experts?: FamilyExperts;
  readonly norm: NormKind;
  readonly blockNorms?: 'pre' | 'post';
  readonly parallel?: boolean;
  readonly residualScale?: number;
  readonly finalNorm?: string;
  /** Name of the output head, without prefix. */
  readonly head: string;
  readonly headBias?: boolean;
  readonly logits?: LogitOptions;
  /** Factor of the scores. Default 1/√headDim. */
  readonly scale?: number;
  readonly softCap?: number;
  /** Sliding window of each layer in tokens, the current one included; null for full attention. Default: full. */
  readonly windows?: readonly (number | null)[];
  readonly rotary?: readonly RotarySettings[];
  /** The rotary embedding of each layer; null for none. Default: the first. */
  readonly rotaryOf?: readonly (number | null)[];
  readonly alibi?: boolean;
  /** Sources of patterns of tensors that are not loaded. */
  readonly ignored?: readonly string[];
}

/** Loads the weights of a described architecture, or a shard's slices of them, under Hugging Face's names. */
export function loadFamily(
  config: FamilyConfig,
  checkpoint: Checkpoint,
  backend: Backend,
  plan: WeightPlan,
): Promise<DecoderStack> {
  const prefix = config.prefixes.map((name) => prefixOf(checkpoint, name)).find((name) => name !== '') ?? '';
  return DecoderStack.load(config, layoutOf(config, prefix), checkpoint, backend, plan);
}

function layoutOf(config: FamilyConfig, prefix: string): DecoderLayout {
  const { positionEmbeddings, projections, finalNorm, rotary, contextLength, head } = config;
  const { embeddingScale, alibi, norm, blockNorms, parallel, residualScale, logits } = config;
  return {
    architecture: config.modelType,
    tokenEmbeddings: `${prefix}${config.tokenEmbeddings}.weight`,
    norm,
    ...(embeddingScale !== undefined && { embeddingScale }),
    ...(alibi && { alibi }),
    ...(blockNorms && { blockNorms }),
    ...(parallel && { parallel }),
    ...(residualScale !== undefined && { residualScale }),
    ...(logits && { logits }),
    ...(projections && {
      projections: {
        size: projections.size,
        input: `${prefix}${projections.input}`,
        output: `${prefix}${projections.output}`,
      },
    }),
    ...(positionEmbeddings && {
      positionEmbeddings: {
        name: `${prefix}${positionEmbeddings.name}.weight`,
        offset: positionEmbeddings.offset,
      },
    }),
    rotary: rotary?.map((settings) => rotaryOptions(settings, contextLength)) ?? [],
    block: (index) => blockLayout(config, index, `${prefix}${config.blocks}.${index}.`),
    ...(finalNorm !== undefined && { finalNorm: `${prefix}${finalNorm}` }),
    head: `${head}.weight`,
    ...(config.headBias && { headBias: `${head}.bias` }),
    ignoredTensors: [
      /\.rotary_emb\.inv_freq$/,
      ...(config.ignored ?? []).map((source) => new RegExp(source)),
    ],
  };
}

function blockLayout(config: FamilyConfig, index: number, layer: string): DecoderBlockLayout {
  const { block, experts, scale, softCap } = config;
  const window = config.windows?.[index] ?? null;
  const named = (name: string) => `${layer}${name}`;
  const norm = <
    K extends 'attentionNorm' | 'attentionOutputNorm' | 'feedForwardNorm' | 'feedForwardOutputNorm',
  >(
    key: K,
  ) => (block[key] === undefined ? {} : { [key]: named(block[key]) });
  const { headNorms } = block;
  return {
    attention: attentionLayers(config, layer),
    attentionOptions: {
      biases: {
        query: block.inputBias,
        key: block.inputBias,
        value: block.inputBias,
        output: block.outputBias,
      },
      ...(scale !== undefined && { scale }),
      ...(softCap !== undefined && { softCap }),
      ...(window !== null && { window }),
    },
    ...(headNorms && {
      headNorms: { kind: headNorms.kind, query: named(headNorms.query), key: named(headNorms.key) },
    }),
    rotary: config.rotaryOf ? (config.rotaryOf[index] ?? null) : 0,
    feedForward: feedForwardLayers(config, layer),
    feedForwardBiases: block.feedForwardBias,
    ...(experts && !experts.without.includes(index) && { experts: expertLayout(experts, layer) }),
    ...norm('attentionNorm'),
    ...norm('attentionOutputNorm'),
    ...norm('feedForwardNorm'),
    ...norm('feedForwardOutputNorm'),
  };
}

function attentionLayers(config: FamilyConfig, layer: string): DecoderBlockLayout['attention'] {
  const { attention, packed, inputBias } = config.block;
  const output = `${layer}${attention.output}`;
  if (!packed) {
    const { query, key, value } = attention;
    return { query: `${layer}${query}`, key: `${layer}${key}`, value: `${layer}${value}`, output };
  }
  const { numAttentionHeads: heads, numKeyValueHeads: keyValueHeads, headDim } = config;
  const group = heads / keyValueHeads;
  const totalRows = (heads + 2 * keyValueHeads) * headDim;
  /** `before`: heads of a group, or of all, that come before. */
  const part = (before: { group: number; all: number }, size: number) => {
    const rows = (tensor: string): StoredRows =>
      packed.order === 'parts'
        ? { tensor, totalRows, firstRow: before.all * headDim }
        : {
            tensor,
            totalRows,
            firstRow: before.group * headDim,
            block: { rows: size * headDim, stride: (group + 2) * headDim },
          };
    const name = `${layer}${packed.name}`;
    return { weight: rows(`${name}.weight`), ...(inputBias && { bias: rows(`${name}.bias`) }) };
  };
  return {
    query: part({ group: 0, all: 0 }, group),
    key: part({ group, all: heads }, 1),
    value: part({ group: group + 1, all: heads + keyValueHeads }, 1),
    output,
  };
}

function feedForwardLayers(config: FamilyConfig, layer: string): DecoderBlockLayout['feedForward'] {
  const { feedForward, packedGate } = config.block;
  const down = `${layer}${feedForward.down}`;
  if (packedGate === undefined) {
    const { gate, up } = feedForward;
    return { up: `${layer}${up}`, down, ...(gate !== undefined && { gate: `${layer}${gate}` }) };
  }
  const { intermediateSize } = config;
  const half = (firstRow: number) => ({
    weight: { tensor: `${layer}${packedGate}.weight`, firstRow, totalRows: 2 * intermediateSize },
  });
  return { gate: half(0), up: half(intermediateSize), down };
}

function expertLayout(experts: FamilyExperts, layer: string): NonNullable<DecoderBlockLayout['experts']> {
  const { shared } = experts;
  const numbered = (name: string, expert: number) => `${layer}${name.replace('{}', String(expert))}`;
  return {
    router: `${layer}${experts.router}`,
    experts: experts.count,
    expertsPerToken: experts.perToken,
    intermediateSize: experts.intermediateSize,
    normalized: experts.normalized,
    expertNames: (expert) => ({
      gate: numbered(experts.gate, expert),
      up: numbered(experts.up, expert),
      down: numbered(experts.down, expert),
    }),
    ...(shared && {
      shared: {
        intermediateSize: shared.intermediateSize,
        gate: `${layer}${shared.gate}`,
        names: {
          gate: `${layer}${shared.layer}.gate_proj`,
          up: `${layer}${shared.layer}.up_proj`,
          down: `${layer}${shared.layer}.down_proj`,
        },
      },
    }),
  };
}

/** The sizes that most configurations have under the same names, with an architecture's defaults. */
export function readSizes(
  reader: ConfigReader,
  defaults: {
    hidden: number;
    layers: number;
    heads: number;
    keyValueHeads?: number;
    headDim?: number;
    context: number;
  },
) {
  const hiddenSize = reader.size('hidden_size', defaults.hidden);
  const heads = reader.size('num_attention_heads', defaults.heads);
  const keyValueHeads = reader.size('num_key_value_heads', defaults.keyValueHeads ?? heads);
  checkKeyValueHeads(heads, keyValueHeads);
  if (!reader.has('head_dim') && defaults.headDim === undefined && hiddenSize % heads !== 0) {
    throw new ConfigError(
      `config.json: hidden_size must divide into num_attention_heads unless head_dim is given, got ${hiddenSize} and ${heads}`,
    );
  }
  return {
    hiddenSize,
    numHiddenLayers: reader.size('num_hidden_layers', defaults.layers),
    numAttentionHeads: heads,
    numKeyValueHeads: keyValueHeads,
    headDim: reader.size('head_dim', defaults.headDim ?? hiddenSize / heads),
    contextLength: reader.size('max_position_embeddings', defaults.context),
  };
}

/** The names of attention, norms and gated feed-forward network that Llama's successors share. */
export const LLAMA_BLOCK = {
  attention: {
    query: 'self_attn.q_proj',
    key: 'self_attn.k_proj',
    value: 'self_attn.v_proj',
    output: 'self_attn.o_proj',
  },
  inputBias: false,
  outputBias: false,
  feedForward: { gate: 'mlp.gate_proj', up: 'mlp.up_proj', down: 'mlp.down_proj' },
  feedForwardBias: false,
  attentionNorm: 'input_layernorm',
  feedForwardNorm: 'post_attention_layernorm',
} as const satisfies FamilyBlock;

/** The names around the blocks that Llama's successors share. */
export const LLAMA_MODEL = {
  prefixes: ['model.'],
  tokenEmbeddings: 'embed_tokens',
  blocks: 'layers',
  finalNorm: 'norm',
  head: 'lm_head',
} as const satisfies Partial<FamilyConfig>;

/**
 * The window of each layer from `layer_types`, or where the file has none from `isSliding`. Throws `ConfigError` for other types and another
 * number of layers.
 */
export function readWindows(
  reader: ConfigReader,
  layers: number,
  window: number | null,
  isSliding: (layer: number) => boolean,
): readonly (number | null)[] {
  const types = reader.texts('layer_types');
  if (types.length === 0) return Array.from({ length: layers }, (_, i) => (isSliding(i) ? window : null));
  const known = ['full_attention', 'sliding_attention'];
  if (types.length !== layers || !types.every((type) => known.includes(type))) {
    throw new ConfigError(
      `config.json: layer_types must be ${layers} times full_attention or sliding_attention, got ${JSON.stringify(types).slice(0, 80)}`,
    );
  }
  return types.map((type) => (type === 'sliding_attention' ? window : null));
}

/** `sliding_window`, null for none. */
export function readWindow(reader: ConfigReader, fallback: number | null): number | null {
  if (reader.raw('sliding_window') === null) return null;
  return reader.has('sliding_window') ? reader.size('sliding_window') : fallback;
}
