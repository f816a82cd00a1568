import type { JobContext, ModelStore } from '../job.ts';
import { type Translation, translate, type WeightEdit } from '../learn/recurrent.ts';
import type { ModelIdOf } from '../registry.ts';

export interface TranslateParams {
  readonly model: ModelIdOf<'recurrentSeq2Seq'>;
  readonly text: string;
  /** Attention weights in place of the model's. */
  readonly edits?: readonly WeightEdit[];
}

/** Translates a text by a recurrent encoder–decoder, with its alignment. */
export async function run(
  store: ModelStore,
  { model, text, edits = [] }: TranslateParams,
  { signal }: JobContext,
): Promise<Translation> {
  return translate(await store.load(model), text, { edits, signal });
}
