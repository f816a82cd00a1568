import type { JobContext, ModelStore } from '../job.ts';
import { readable } from '../passes.ts';
import type { ModelIdOf } from '../registry.ts';

/** The most probable next token after one token of the text, as each layer has it. */
export interface LensCell {
  readonly token: string;
  readonly probability: number;
}

export interface LogitLensResult {
  readonly text: string;
  readonly tokens: readonly string[];
  /** [layers][tokens]. */
  readonly layers: ReadonlyArray<readonly LensCell[]>;
}

/** The logit lens of a decoder: what each layer's stream would say if it were the last. */
export async function run(
  store: ModelStore,
  { model: id, text }: { readonly model: ModelIdOf<'causalLM'>; readonly text: string },
  { signal }: JobContext,
): Promise<LogitLensResult> {
  const model = await store.load(id);
  const { tokens, layers } = await model.logitLens(readable(model, text).text, { topK: 1, signal });
  return {
    text,
    tokens,
    layers: layers.map((positions) =>
      positions.map(([top]) => ({ token: top?.text ?? '', probability: top?.probability ?? 0 })),
    ),
  };
}
