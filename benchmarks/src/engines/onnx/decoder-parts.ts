import type { OnnxGraph } from './graph.ts';
import type { LinearWeights } from './layers.ts';

/** Building blocks of a decoder graph of either family. */
export interface DecoderParts {
  readonly graph: OnnxGraph;
  /** The new tokens' ids and positions, `[1, tokens]`. */
  readonly ids: string;
  readonly positions: string;
  /** The weights of a name in the checkpoint. */
  get(name: string): Float32Array;
  /** A linear layer in the graph's type. */
  dense(x: string, layer: LinearWeights): string;
  /** The context of layer `index` from queries, keys and values, `[1, tokens, heads · headDim]` each. */
  attend(queries: string, keys: string, values: string, index: number): string;
}

/** The output of the last norm, and the token embeddings. The logits are their product. */
export interface DecoderStates {
  readonly states: string;
  readonly table: Float32Array;
}

/** Splits the output of a combined query, key and value projection. */
export function splitHeads(
  graph: OnnxGraph,
  x: string,
  widths: readonly [queries: number, keys: number, values: number],
): [queries: string, keys: string, values: string] {
  const [queries, keys, values] = graph.manyOutputs(
    'Split',
    [x, graph.shape(...widths)],
    { axis: -1 },
    { outputs: 3 },
  );
  return [queries!, keys!, values!];
}

/** x + y and its norm, by ONNX Runtime's fused operator: `SkipLayerNormalization` or `SkipSimplifiedLayerNormalization`. */
export function addAndNorm(
  graph: OnnxGraph,
  operator: string,
  [x, y, ...affine]: readonly string[],
  epsilon: number,
): { sum: string; norm: string } {
  const attributes = { epsilon: { float: epsilon } };
  // Outputs 1 and 2 are the mean and the inverse deviation.
  const options = { domain: 'com.microsoft', outputs: 4 } as const;
  const [norm, , , sum] = graph.manyOutputs(operator, [x!, y!, ...affine], attributes, options);
  return { sum: sum!, norm: norm! };
}
