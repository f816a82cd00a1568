import { ConfigError } from '../errors.ts';
import type { Activation } from '../hooks/hooks.ts';
import type { EncodingWithOffsets } from '../text/tokenizer.ts';

/** Attention weights of every layer and head over one text. */
export interface AttentionMaps {
  /** `[layers, heads, queries, keys]`, row-major: the weight of each key token for each query token. Rows sum to 1. */
  readonly data: Float32Array;
  readonly shape: readonly [layers: number, heads: number, queries: number, keys: number];
  /** One head's map, `[queries, keys]`: a view. Throws `RangeError` for a layer or head that does not exist. */
  map(layer: number, head: number): Float32Array;
}

/** A tokenized text and recorded activations. */
export interface Recording extends EncodingWithOffsets {
  /** By name. */
  readonly activations: ReadonlyMap<string, Activation>;
}

/** Pattern of the names of self-attention weights. */
export const ATTENTION_WEIGHTS = 'blocks.*.attention.weights';

/**
 * Stacks recorded attention weights of all layers, each `[1, heads, queries, keys]`. `pattern` is the name under which they were recorded,
 * with `*` for the layer.
 */
export function collectMaps(
  recorded: ReadonlyMap<string, Activation>,
  layers: number,
  heads: number,
  queries: number,
  keys: number = queries,
  pattern: string = ATTENTION_WEIGHTS,
): AttentionMaps {
  const perHead = queries * keys;
  const data = new Float32Array(layers * heads * perHead);
  for (let layer = 0; layer < layers; layer++) {
    const weights = recorded.get(pattern.replace('*', String(layer)));
    if (weights) data.set(weights.data, layer * heads * perHead);
  }
  return {
    data,
    shape: [layers, heads, queries, keys],
    map(layer, head) {
      if (!(layer >= 0 && layer < layers && head >= 0 && head < heads)) {
        throw new ConfigError(
          `attention: layers are 0 … ${layers - 1} and heads 0 … ${heads - 1}, got ${layer}, ${head}`,
        );
      }
      const start = (layer * heads + head) * perHead;
      return data.subarray(start, start + perHead);
    },
  };
}
