import { ConfigError, type Hooks } from '@headwise/core';
import type { JobContext, ModelStore } from '../job.ts';

export interface ForcingParams {
  readonly text: string;
  /** The step at which the model is made to write `token`. */
  readonly step: number;
  readonly token: string;
}

/** What one wrong token does. */
export interface Forcing {
  /** Without the error. */
  readonly right: string;
  /** The model's choice at each step when it reads the right words before it (teacher forcing). */
  readonly taught: string;
  /** When it goes on from its own wrong token. */
  readonly free: string;
}

/** Makes dates-attention write one wrong token. Rejects with `ConfigError` for a token that it does not know. */
export async function run(
  store: ModelStore,
  { text, step, token }: ForcingParams,
  { signal }: JobContext,
): Promise<Forcing> {
  const model = await store.load('dates-attention');
  const { tokenizer } = model;
  const wrong = tokenizer.tokenToId(token);
  if (wrong === undefined) throw new ConfigError(`learnForcing: there is no token ${JSON.stringify(token)}`);
  const limits = { maxNewTokens: 60, signal };
  const generated = await model.generate(text, limits);
  const scored = await model.perplexity(text, generated.ids, { topLogProbs: 1, signal });
  const chosen = scored.tokens.map(({ top }) => tokenizer.tokenToId(top?.[0]?.token ?? '') ?? wrong);
  const hooks: Hooks = {
    [`decoder.steps.${step}.logits`]: ({ data }) => data.map((_, id) => (id === wrong ? 1 : -1)),
  };
  const { text: free } = await model.generate(text, { ...limits, hooks });
  return { right: generated.text, taught: tokenizer.decode(chosen), free };
}
