import { transfer } from 'comlink';
import { headMap, layerMean, restrictToTokens } from '../../lib/attention.ts';
import { type Effect, effectOf } from '../../lib/effects.ts';
import { type HeadLabel, headLabel, headShares } from '../../lib/head-labels.ts';
import { type HeadEdit, type HeadId, nearestHead } from '../../lib/heads.ts';
import type { Matrix } from '../../lib/raster.ts';
import { thumbnailSide, writeTones } from '../../lib/tones.ts';
import { mergeUnits, type Unit, type UnitKind, unitsOf } from '../../lib/units.ts';
import type { JobContext, ModelStore } from '../job.ts';
import { outputOf, type Pass, passOf, type ReadableId } from '../passes.ts';

/** A text as a model reads it. */
export interface ReadingParams {
  readonly model: ReadableId;
  readonly text: string;
  readonly edits: readonly HeadEdit[];
}

/** How the maps are shown. */
export interface Lens {
  readonly unit: UnitKind;
  /** Without the tokens that the tokenizer adds; rows are rescaled to sum to 1. */
  readonly hideSpecial: boolean;
}

/** A head's map, or with `mean` that of its layer's heads. */
export interface Opened extends HeadId {
  readonly mean: boolean;
}

/** What the room shows of one text. */
export interface Reading extends ReadingParams {
  readonly backend: string;
  readonly layers: number;
  readonly heads: number;
  readonly causal: boolean;
  readonly tokens: readonly string[];
  readonly ids: readonly number[];
  readonly totalTokens: number;
  readonly unread: string;
  readonly lens: Lens;
  /** All units of the text, and the indices of those that maps have. */
  readonly units: readonly Unit[];
  readonly visible: readonly number[];
  /** Tones of all heads, [layers, heads, side, side]. */
  readonly side: number;
  readonly tones: Uint8Array;
  /** Labels of all heads, [layers × heads], of the tokens whatever the lens. */
  readonly labels: readonly HeadLabel[];
  /** What the edits change; undefined without any. */
  readonly effect: Effect | undefined;
  readonly milliseconds: number;
  readonly opened: Opened;
  /** The whole map of `opened`. */
  readonly map: Matrix;
}

/** Parameters of the job. */
export interface ReadParams extends ReadingParams {
  readonly lens: Lens;
  readonly opened: Opened;
}

/** Reads a text: one forward pass unless it is known, the labels and the tones of all heads. */
export async function run(
  store: ModelStore,
  { model: id, text, edits, lens, opened: wanted }: ReadParams,
  { signal }: JobContext,
): Promise<Reading> {
  const model = await store.load(id);
  const baseline = edits.length > 0 ? await outputOf(model, text, [], signal) : undefined;
  const pass = await passOf(model, text, edits, signal);
  const { layers, heads } = pass.attention;
  const { units, visible } = visibleUnits(pass, lens);
  const side = thumbnailSide(visible.length);
  const tones = new Uint8Array(layers * heads * side * side);
  const causal = model.kind === 'causalLM';
  const labels: HeadLabel[] = [];
  for (let layer = 0; layer < layers; layer += 1) {
    for (let head = 0; head < heads; head += 1) {
      const map = headMap(pass.attention, layer, head);
      labels.push(headLabel(headShares(map, pass.special, causal)));
      const at = (layer * heads + head) * side * side;
      writeTones(restrictToTokens(mergeUnits(map, units), visible), side, tones, at);
    }
  }
  const opened = { ...nearestHead(wanted, pass.attention), mean: wanted.mean };
  const { rows, columns, data } = openMap(pass, opened, lens);
  // A copy: the data may be part of the pass, which is kept.
  const map = { rows, columns, data: data.slice() };
  const result: Reading = {
    model: id,
    text,
    edits,
    backend: model.backend,
    layers,
    heads,
    causal,
    tokens: pass.tokens,
    ids: pass.ids,
    totalTokens: pass.totalTokens,
    unread: pass.unread,
    lens,
    units,
    visible,
    side,
    tones,
    labels,
    effect: baseline && effectOf(model.kind, baseline, pass.output),
    milliseconds: pass.milliseconds,
    opened,
    map,
  };
  return transfer(result, [tones.buffer, map.data.buffer]);
}

/** The units of a pass, and the indices of those that are shown: an empty text has only added tokens, which are then shown. */
export function visibleUnits(
  pass: Pass,
  { unit, hideSpecial }: Lens,
): { readonly units: readonly Unit[]; readonly visible: readonly number[] } {
  const units = unitsOf(pass, unit);
  const all = units.map((_, index) => index);
  const words = all.filter((index) => !units[index]!.special);
  return { units, visible: hideSpecial && words.length > 0 ? words : all };
}

/** The map of a head or of a layer's mean, of the units that are shown. */
export function openMap(pass: Pass, opened: Opened, lens: Lens): Matrix {
  const { layer, head } = nearestHead(opened, pass.attention);
  const { units, visible } = visibleUnits(pass, lens);
  const map = opened.mean ? layerMean(pass.attention, layer) : headMap(pass.attention, layer, head);
  return restrictToTokens(mergeUnits(map, units), visible);
}
