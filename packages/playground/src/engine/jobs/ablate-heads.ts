import { dot } from '../../lib/vectors.ts';
import type { JobContext, ModelStore } from '../job.ts';
import type { ModelIdOf } from '../registry.ts';
import { silenceHooks, UNIT } from './encoder.ts';

export interface AblateHeadsParams {
  readonly model: ModelIdOf<'encoder'>;
  readonly text: string;
  /** The first layer to measure: a measurement can be continued. */
  readonly fromLayer: number;
}

/** For each head of a layer: cosine between the embeddings of the full model and of the model without that head. */
export interface LayerAblation {
  readonly layer: number;
  readonly cosines: readonly number[];
}

/** Runs the text without one head after another, and sends each layer when it is measured. */
export async function run(
  store: ModelStore,
  { model: id, text, fromLayer }: AblateHeadsParams,
  { signal, progress, breathe }: JobContext<LayerAblation>,
): Promise<void> {
  const model = await store.load(id);
  const { numHiddenLayers, numAttentionHeads } = model.config;
  const baseline = await model.embed(text, { ...UNIT, signal });
  for (let layer = fromLayer; layer < numHiddenLayers; layer += 1) {
    const cosines: number[] = [];
    for (let head = 0; head < numAttentionHeads; head += 1) {
      await breathe();
      const hooks = silenceHooks([{ layer, head }]);
      cosines.push(dot(baseline, await model.embed(text, { ...UNIT, hooks, signal })));
    }
    progress({ layer, cosines });
  }
}
