import { ConfigError } from '../../errors.ts';
import { FAMILIES, type FamilySizes } from './families.ts';
import type { GgufHeader } from './header.ts';
import type { MetadataReader } from './metadata-reader.ts';
import type { GgufFamily } from './tensor-names.ts';

// What config.json would say of the decoders that are described by data, from the metadata that llama.cpp's converter writes for them.

/** The factors of LongRoPE in tensors of their own. */
export interface LongRopeFactors {
  readonly short: Float32Array;
  readonly long: Float32Array;
}

/** Keys that every family has. */
const COMMON = [
  'context_length',
  'embedding_length',
  'block_count',
  'feed_forward_length',
  'vocab_size',
  'attention.head_count',
  'attention.head_count_kv',
  'attention.key_length',
  'attention.value_length',
  'attention.layer_norm_epsilon',
  'attention.layer_norm_rms_epsilon',
  'rope.dimension_count',
  'rope.freq_base',
  'rope.scaling.type',
  'rope.scaling.factor',
  // Facts about the training and the layout of the file that do not change what is computed.
  'rope.scaling.finetuned',
  'rope.scaling.original_context_length',
  'rope.scaling.orig_ctx_len',
  'tensor_data_layout',
];

/** Keys that stand for nothing where they are 0. */
const ZERO = ['expert_count', 'expert_used_count', 'attention.sliding_window'];

/**
 * What config.json of a family would say. Throws `ConfigError` for missing and invalid metadata, and for keys of the architecture that are not
 * known: they may change what is computed.
 */
export function familyConfig(
  reader: MetadataReader,
  family: GgufFamily,
  { metadata, tensors }: Pick<GgufHeader, 'metadata' | 'tensors'>,
  longRope: LongRopeFactors | undefined,
): Record<string, unknown> {
  const { modelType, className, keys = [], interleaved, epsilon, config } = FAMILIES[family];
  // A mixture of Llama has its keys.
  const architecture = family === 'mixtral' ? 'llama' : family;
  const key = (name: string) => `${architecture}.${name}`;
  checkKeys(reader, metadata, architecture, [...COMMON, ...keys]);
  const hidden = reader.size(key('embedding_length'));
  const layers = reader.size(key('block_count'));
  const heads = reader.sizeOfLayers(key('attention.head_count'), layers);
  const plainHeadDim = Math.floor(hidden / heads);
  const headDim = reader.size(key('attention.key_length'), plainHeadDim);
  const valueDim = reader.size(key('attention.value_length'), headDim);
  if (valueDim !== headDim || (family === 'falcon' && headDim !== plainHeadDim)) {
    throw new ConfigError(
      `GGUF: ${key('attention.value_length')} must be ${key('attention.key_length')} ${headDim}, got ${valueDim}`,
    );
  }
  const sizes: FamilySizes = {
    hidden,
    layers,
    heads,
    headDim,
    keyValueHeads: reader.sizeOfLayers(key('attention.head_count_kv'), layers, heads),
    intermediate: reader.sizeOfLayers(key('feed_forward_length'), layers),
    context: reader.size(key('context_length')),
    epsilon: reader.number(key(`attention.layer_norm_${epsilon === 'rms' ? 'rms_' : ''}epsilon`)),
  };
  const rotated = reader.size(key('rope.dimension_count'), headDim);
  if (rotated > headDim) {
    throw new ConfigError(`GGUF: ${key('rope.dimension_count')} must be at most ${headDim}, got ${rotated}`);
  }
  // Between two whole numbers of features, so that rounding cannot change it.
  const partial = rotated === headDim ? 1 : (rotated + 0.5) / headDim;
  const scaling = readScaling(reader, key, longRope);
  const has = (tensor: string) => tensors.has(`blk.0.${tensor}`) || tensors.has(tensor);
  return {
    model_type: modelType,
    architectures: [className],
    hidden_size: hidden,
    intermediate_size: sizes.intermediate,
    num_hidden_layers: layers,
    num_attention_heads: heads,
    ...(family !== 'falcon' && { num_key_value_heads: sizes.keyValueHeads, head_dim: headDim }),
    max_position_embeddings: sizes.context,
    ...(epsilon === 'rms' ? { rms_norm_eps: sizes.epsilon } : { layer_norm_eps: sizes.epsilon }),
    rope_theta: reader.number(key('rope.freq_base'), 10_000),
    ...(family === 'gptneox' ? { rotary_pct: partial } : { partial_rotary_factor: partial }),
    ...(interleaved && { rope_interleave: true }),
    ...(scaling && { rope_scaling: scaling }),
    ...config?.({ reader, key, sizes, has }),
  };
}

function checkKeys(
  reader: MetadataReader,
  metadata: GgufHeader['metadata'],
  architecture: string,
  known: readonly string[],
): void {
  for (const full of metadata.keys()) {
    if (!full.startsWith(`${architecture}.`)) continue;
    const name = full.slice(architecture.length + 1);
    if (known.includes(name) || (ZERO.includes(name) && reader.size(full, 0, 0) === 0)) continue;
    throw new ConfigError(`GGUF: ${full} is not supported for this architecture`);
  }
}

function readScaling(
  reader: MetadataReader,
  key: (name: string) => string,
  longRope: LongRopeFactors | undefined,
): Record<string, unknown> | undefined {
  const type = reader.text(key('rope.scaling.type'), longRope ? 'longrope' : 'none');
  if (longRope && (type === 'longrope' || type === 'none')) {
    const attention = key('rope.scaling.attn_factor');
    return {
      rope_type: 'longrope',
      short_factor: Array.from(longRope.short),
      long_factor: Array.from(longRope.long),
      ...(reader.has(attention) && { attention_factor: reader.number(attention) }),
    };
  }
  if (type === 'none') return undefined;
  if (type === 'linear') return { rope_type: type, factor: reader.number(key('rope.scaling.factor')) };
  throw new ConfigError(
    `GGUF: ${key('rope.scaling.type')} must be none or linear, got ${JSON.stringify(type)}`,
  );
}
