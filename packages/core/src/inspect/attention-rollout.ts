import { ConfigError, ShapeError } from '../errors.ts';
import { checkOptions, type OptionNames } from '../options.ts';
import type { AttentionMaps } from '../tasks/trace.ts';

export interface RolloutOptions {
  /** How much of a token goes on through the residual connection rather than through attention, 0 … 1. Default: 0.5, as in the paper. */
  residual?: number;
  /** How the heads of a layer become one map. Default: their mean, as in the paper. */
  heads?: 'mean' | 'max' | 'min';
}

/** How much of each input token is in each token, layer by layer. */
export interface AttentionRollout {
  /** `[layers, tokens, inputs]`; rows sum to 1. */
  readonly data: Float32Array;
  readonly shape: readonly [layers: number, tokens: number, inputs: number];
  /** The map after a layer, `[tokens, inputs]`: a view. Default: the last. */
  map(layer?: number): Float32Array;
}

/**
 * Attention rollout (Abnar and Zuidema 2020): follows attention through the layers. Each layer's map, averaged over its heads and mixed
 * with the identity for the residual connection, is multiplied with what the layers below it made.
 *
 * Takes the attention of a trace. Throws `ShapeError` if queries and keys are not the same tokens.
 */
export function attentionRollout(attention: AttentionMaps, options: RolloutOptions = {}): AttentionRollout {
  checkOptions('attentionRollout', options, {
    residual: 'numeric',
    heads: ['mean', 'max', 'min'],
  } satisfies OptionNames<RolloutOptions>);
  const { residual = 0.5, heads = 'mean' } = options;
  const { shape, data: weights, map: readMap } = (attention ?? {}) as Partial<AttentionMaps>;
  const isTrace =
    Array.isArray(shape) &&
    shape.length === 4 &&
    shape.every((size) => Number.isSafeInteger(size) && size >= 0) &&
    weights instanceof Float32Array &&
    typeof readMap === 'function';
  if (!isTrace)
    throw new ConfigError(
      'attentionRollout: needs the attention of a trace: shape, [layers, heads, queries, keys], data and map',
    );
  const [layers, count, tokens, keys] = attention.shape;
  if (tokens !== keys) {
    throw new ShapeError(`attentionRollout: needs self-attention, got ${tokens} queries and ${keys} keys`);
  }
  if (weights.length !== layers * count * tokens * keys)
    throw new ShapeError(`attentionRollout: [${shape.join(', ')}] has not ${weights.length} values`);
  if (!(residual >= 0 && residual <= 1)) {
    throw new ConfigError(`attentionRollout: residual must be 0 … 1, got ${residual}`);
  }
  const size = tokens * tokens;
  const data = new Float32Array(layers * size);
  let below = identity(tokens);
  for (let layer = 0; layer < layers; layer++) {
    const maps = Array.from({ length: count }, (_, head) => attention.map(layer, head));
    if (maps.some((map) => map?.length !== size))
      throw new ShapeError(`attentionRollout: a map must have ${size} values`);
    below = multiply(mix(joinHeads(maps, heads, tokens), residual, tokens), below, tokens);
    data.set(below, layer * size);
  }
  return {
    data,
    shape: [layers, tokens, tokens],
    map(layer = layers - 1) {
      if (!(layer >= 0 && layer < layers)) {
        throw new ConfigError(`attentionRollout: layers are 0 … ${layers - 1}, got ${layer}`);
      }
      return data.subarray(layer * size, (layer + 1) * size);
    },
  };
}

/** One map of several, its rows summing to 1. */
function joinHeads(maps: readonly Float32Array[], how: 'mean' | 'max' | 'min', tokens: number): Float64Array {
  const joined = Float64Array.from({ length: tokens * tokens }, (_, i) => {
    const values = maps.map((map) => map[i]!);
    if (how === 'mean') return values.reduce((sum, value) => sum + value, 0) / values.length;
    return how === 'max' ? Math.max(...values) : Math.min(...values);
  });
  for (let row = 0; row < tokens; row++) {
    const values = joined.subarray(row * tokens, (row + 1) * tokens);
    const sum = values.reduce((total, value) => total + value, 0);
    if (sum > 0) values.set(values.map((value) => value / sum));
  }
  return joined;
}

function mix(map: Float64Array, residual: number, tokens: number): Float64Array {
  return map.map((value, i) => (1 - residual) * value + (i % (tokens + 1) === 0 ? residual : 0));
}

function identity(tokens: number): Float64Array {
  return Float64Array.from({ length: tokens * tokens }, (_, i) => (i % (tokens + 1) === 0 ? 1 : 0));
}

function multiply(a: Float64Array, b: Float64Array, tokens: number): Float64Array {
  const product = new Float64Array(tokens * tokens);
  for (let row = 0; row < tokens; row++) {
    for (let inner = 0; inner < tokens; inner++) {
      const factor = a[row * tokens + inner]!;
      for (let column = 0; column < tokens; column++) {
        product[row * tokens + column]! += factor * b[inner * tokens + column]!;
      }
    }
  }
  return product;
}
