import type { JobContext, ModelStore } from '../job.ts';

export interface PerplexityParams {
  readonly source: string;
  readonly target: string;
}

/** Perplexity of an English translation of a Korean sentence: how surprised the model is by each token, on average. */
export async function run(
  store: ModelStore,
  { source, target }: PerplexityParams,
  { signal }: JobContext,
): Promise<number> {
  const model = await store.load('grammar-ko-en');
  return (await model.perplexity(source, target, { signal })).perplexity;
}
