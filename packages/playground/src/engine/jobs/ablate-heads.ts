import { effectOf } from '../../lib/effects.ts';
import { type HeadEdit, isSameHead } from '../../lib/heads.ts';
import type { JobContext, ModelStore } from '../job.ts';
import { outputOf, type ReadableId } from '../passes.ts';

export interface AblateHeadsParams {
  readonly model: ReadableId;
  readonly text: string;
  /** Edits of the model that the effects are relative to. */
  readonly edits: readonly HeadEdit[];
  /** The first layer to measure: a measurement can be continued. */
  readonly fromLayer: number;
}

/** For each head of a layer: the size of the effect on the output when it is silenced. */
export interface LayerAblation {
  readonly layer: number;
  readonly sizes: readonly number[];
}

/** Runs the text without one head after another, and sends each layer when it is measured. */
export async function run(
  store: ModelStore,
  { model: id, text, edits, fromLayer }: AblateHeadsParams,
  { signal, progress, breathe }: JobContext<LayerAblation>,
): Promise<void> {
  const model = await store.load(id);
  const { numHiddenLayers = 0, numAttentionHeads = 0 } = model.config;
  const baseline = await outputOf(model, text, edits, signal);
  for (let layer = fromLayer; layer < numHiddenLayers; layer += 1) {
    const sizes: number[] = [];
    for (let head = 0; head < numAttentionHeads; head += 1) {
      await breathe();
      const others = edits.filter((edit) => !isSameHead(edit, { layer, head }));
      const output = await outputOf(model, text, [...others, { layer, head, edit: 0 }], signal);
      sizes.push(effectOf(model.kind, baseline, output).size);
    }
    progress({ layer, sizes });
  }
}
