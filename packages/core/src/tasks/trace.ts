import type { EncodeOutput } from '../engine/output.ts';
import type { Activation, Hooks } from '../hooks/hooks.ts';
import type { TaskHeadKind } from '../models/encoders/task-heads.ts';
import type { EncodingWithOffsets } from '../text/index.ts';

export interface TraceOptions {
  /** A second text, for models that read two. */
  pair?: string;
  /** A head whose logits are to be computed too. */
  head?: TaskHeadKind;
  hooks?: Hooks;
  /** Names or patterns of further activations to keep, for example `blocks.*.attention.heads.3.context`. */
  record?: readonly string[];
  signal?: AbortSignal;
}

/** Every head's attention weights over one text. */
export interface AttentionMaps {
  /** `[layers, heads, queries, keys]`, row-major: how much each query token attends to each key token. Rows sum to 1. */
  readonly data: Float32Array;
  readonly shape: readonly [layers: number, heads: number, queries: number, keys: number];
  /** One head's map, `[queries, keys]`: a view. */
  map(layer: number, head: number): Float32Array;
}

/** What a model did with one text. */
export interface Trace {
  readonly text: string;
  readonly tokens: readonly string[];
  readonly ids: Int32Array;
  readonly attention: AttentionMaps;
  /** The text's embedding, as `embed` gives it. */
  readonly embedding: Float32Array;
  /** The logits of the head that was asked for. */
  readonly logits?: EncodeOutput;
  /** The activations that were asked for, by name. */
  readonly activations: ReadonlyMap<string, Activation>;
}

/** What a model did with one text, no more than was asked for. */
export interface Recording extends EncodingWithOffsets {
  /** The activations that were asked for, by name. */
  readonly activations: ReadonlyMap<string, Activation>;
}

/** The name under which a layer's attention weights are recorded. */
export const ATTENTION_WEIGHTS = 'blocks.*.attention.weights';

/**
 * Gathers recorded attention weights of `[1, heads, queries, keys]` per layer into one array. `pattern` is the name under which they
 * were recorded, with `*` for the layer.
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
        throw new RangeError(
          `attention: layers are 0 … ${layers - 1} and heads 0 … ${heads - 1}, got ${layer}, ${head}`,
        );
      }
      const start = (layer * heads + head) * perHead;
      return data.subarray(start, start + perHead);
    },
  };
}
