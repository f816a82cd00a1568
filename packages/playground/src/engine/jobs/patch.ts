import { activationPatching } from '@headwise/core';
import type { PatchKind } from '../../lib/patches.ts';
import type { JobContext, ModelStore } from '../job.ts';
import { type ReadableId, readable } from '../passes.ts';
import type { ModelIdOf } from '../registry.ts';
import { partingOf, patchPair } from './patch-pair.ts';

export interface PatchParams {
  readonly model: ReadableId | ModelIdOf<'seq2seqLM'>;
  /** The text that is run, and the one that the activations come from. */
  readonly texts: readonly [into: string, from: string];
  readonly kind: PatchKind;
  /** For `layerHeads`. */
  readonly layer: number;
  /** The first row to measure: a measurement can be continued. */
  readonly fromRow: number;
}

/** A row of the result: of a layer, in `layerHeads` of a head. Its columns are tokens, in `heads` heads. */
export interface PatchRow {
  readonly row: number;
  /** How far the output moved to that of the second text: 0 not at all, 1 all the way. */
  readonly recovered: readonly number[];
}

/**
 * Patches one activation after another, and sends each row when it is measured. Both texts need the same number of tokens. Of an encoder–decoder these
 * are activations of the encoder, and the output is the first token in which the two outputs differ; without one nothing is measured.
 */
export async function run(
  store: ModelStore,
  { model: id, texts, kind, layer, fromRow }: PatchParams,
  { signal, progress, breathe }: JobContext<PatchRow>,
): Promise<void> {
  const model = await store.load(id);
  const perToken = kind !== 'heads';
  if (model.kind === 'seq2seqLM') {
    const { numLayers, numAttentionHeads } = model.config.encoder;
    const parting = await partingOf(model, texts, signal);
    if (!parting) return;
    for (let row = fromRow; row < (kind === 'layerHeads' ? numAttentionHeads : numLayers); row += 1) {
      await breathe();
      const names = [`encoder.${nameOf(kind, layer, row)}`];
      progress({ row, recovered: await patchPair(model, texts, parting, { names, perToken, signal }) });
    }
    return;
  }
  const [into, from] = texts.map((text) => readable(model, text).text) as [string, string];
  const { numHiddenLayers = 0, numAttentionHeads = 0 } = model.config;
  const rows = kind === 'layerHeads' ? numAttentionHeads : numHiddenLayers;
  const options = { perToken, signal };
  for (let row = fromRow; row < rows; row += 1) {
    await breathe();
    const names = [nameOf(kind, layer, row)];
    const scores =
      model.kind === 'encoder'
        ? await activationPatching(model, from, into, names, options)
        : await activationPatching(model, from, into, names, options);
    progress({ row, recovered: scores.map(({ recovered }) => recovered) });
  }
}

function nameOf(kind: PatchKind, layer: number, row: number): string {
  switch (kind) {
    case 'residual':
      return `blocks.${row}.residual.after`;
    case 'feedForward':
      return `blocks.${row}.feedForward.output`;
    case 'heads':
      return `blocks.${row}.attention.heads.*.context`;
    case 'layerHeads':
      return `blocks.${layer}.attention.heads.${row}.context`;
  }
}
