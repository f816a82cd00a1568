import type { JobContext, ModelStore } from '../job.ts';

export interface SelfParams {
  readonly model: 'minilm' | 't5-mini';
  readonly text: string;
  readonly heads: readonly { readonly layer: number; readonly head: number }[];
}

/** How the tokens of a text read each other. */
export interface SelfHeads {
  readonly tokens: readonly string[];
  /** Of each head that was asked for, `[tokens, tokens]`; rows sum to 1. */
  readonly maps: readonly Float32Array[];
}

export async function run(
  store: ModelStore,
  { model: id, text, heads }: SelfParams,
  { signal }: JobContext,
): Promise<SelfHeads> {
  if (id === 'minilm') {
    const { tokens, attention } = await (await store.load(id)).trace(text, { signal });
    return { tokens, maps: heads.map(({ layer, head }) => attention.map(layer, head).slice()) };
  }
  // The encoder reads the source without regard to the target, which has to have a token.
  const { sourceTokens, encoderAttention } = await (await store.load(id)).trace(text, '.', { signal });
  return {
    tokens: sourceTokens,
    maps: heads.map(({ layer, head }) => encoderAttention.map(layer, head).slice()),
  };
}
