import type { JobContext, ModelStore } from '../job.ts';

export interface CrossParams {
  /** An English date. */
  readonly text: string;
  readonly layer: number;
  readonly head: number;
}

/** One head of cross-attention of the dates' transformer: the decoder's queries, the encoder's keys and values, and what comes of them. */
export interface CrossHead {
  /** Source tokens, `</s>` included. */
  readonly source: readonly string[];
  /** What the decoder writes; row `i` of the queries belongs to the step that writes token `i`. */
  readonly target: readonly string[];
  readonly layers: number;
  readonly heads: number;
  /** Features of a head. */
  readonly size: number;
  /** `[target, size]` */
  readonly queries: Float32Array;
  /** `[source, size]` */
  readonly keys: Float32Array;
  /** `[source, size]` */
  readonly values: Float32Array;
  /** `[target, source]`: q · k / √size */
  readonly scores: Float32Array;
  /** `[target, source]`: the softmax of the scores' rows */
  readonly weights: Float32Array;
  /** `[target, size]`: the sum of the values, by their weights */
  readonly context: Float32Array;
}

const PARTS = ['queries', 'keys', 'values', 'scores', 'weights', 'context'] as const;

export async function run(
  store: ModelStore,
  { text, layer, head }: CrossParams,
  { signal }: JobContext,
): Promise<CrossHead> {
  const model = await store.load('dates-transformer');
  const { ids } = await model.generate(text, { maxNewTokens: 60, signal });
  const name = `decoder.blocks.${layer}.crossAttention.heads.${head}`;
  const record = PARTS.map((part) => `${name}.${part}`);
  const trace = await model.trace(text, ids, { record, signal });
  const [queries, keys, values, scores, weights, context] = record.map(
    (one) => trace.activations.get(one)?.data ?? new Float32Array(),
  ) as [Float32Array, Float32Array, Float32Array, Float32Array, Float32Array, Float32Array];
  const { numLayers, numAttentionHeads } = model.config.decoder;
  return {
    source: trace.sourceTokens,
    target: trace.targetTokens,
    layers: numLayers,
    heads: numAttentionHeads,
    size: queries.length / trace.targetTokens.length,
    queries,
    keys,
    values,
    scores,
    weights,
    context,
  };
}
