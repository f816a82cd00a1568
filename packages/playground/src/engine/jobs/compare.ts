import { dot } from '../../lib/vectors.ts';
import type { JobContext, ModelStore } from '../job.ts';
import type { ModelIdOf } from '../registry.ts';
import { UNIT } from './edits.ts';

export interface CompareParams {
  readonly model: ModelIdOf<'encoder'>;
  readonly texts: readonly [string, string];
}

/** The comparison of two sentences. */
export interface Comparison {
  readonly texts: readonly [string, string];
  /** L2-normalised. */
  readonly embeddings: readonly [Float32Array, Float32Array];
  readonly cosine: number;
  readonly milliseconds: number;
}

/** Embeds two texts and returns their cosine. */
export async function run(
  store: ModelStore,
  { model: id, texts }: CompareParams,
  { signal }: JobContext,
): Promise<Comparison> {
  const model = await store.load(id);
  const started = performance.now();
  const first = await model.embed(texts[0], { ...UNIT, signal });
  const second = await model.embed(texts[1], { ...UNIT, signal });
  return {
    texts,
    embeddings: [first, second],
    cosine: dot(first, second),
    milliseconds: performance.now() - started,
  };
}
