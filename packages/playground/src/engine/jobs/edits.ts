import { type Hook, type Hooks, scale, silence } from '@headwise/core';
import type { HeadEdit, Side, SideEdit } from '../../lib/heads.ts';

/** Embeddings of length 1, also of models whose files do not ask for it: MiniLM's package has no modules.json. */
export const UNIT = { normalize: true };

/** Hooks that edit heads of an encoder or a decoder. `attention` names that of a layer. */
export function editHooks(
  edits: readonly HeadEdit[],
  attention = (layer: number): string => `blocks.${layer}.attention`,
): Hooks {
  const hooks: Record<string, Hook> = {};
  const averaged = new Map<number, number[]>();
  for (const { layer, head, edit } of edits) {
    if (edit === 'average') averaged.set(layer, [...(averaged.get(layer) ?? []), head]);
    else hooks[`${attention(layer)}.heads.${head}.context`] = edit === 0 ? silence() : scale(edit);
  }
  for (const [layer, heads] of averaged) hooks[`${attention(layer)}.weights`] = averageHook(heads);
  return hooks;
}

/** What activations of each kind of attention of an encoder–decoder are called. */
const ATTENTIONS: Readonly<Record<Side, (layer: number) => string>> = {
  encoder: (layer) => `encoder.blocks.${layer}.attention`,
  decoder: (layer) => `decoder.blocks.${layer}.attention`,
  cross: (layer) => `decoder.blocks.${layer}.crossAttention`,
};

/** Hooks that edit heads of an encoder–decoder. */
export function pairHooks(edits: readonly SideEdit[]): Hooks {
  const ofSide = (side: Side) =>
    editHooks(
      edits.filter((edit) => edit.side === side),
      ATTENTIONS[side],
    );
  return { ...ofSide('encoder'), ...ofSide('decoder'), ...ofSide('cross') };
}

/** Gives some heads of a layer the average weights of all its heads. The weights of one text are `[1, heads, queries, keys]`. */
function averageHook(heads: readonly number[]): Hook {
  return ({ shape, data }) => {
    const [, count = 1, queries = 0, keys = 0] = shape;
    const size = queries * keys;
    const mean = new Float32Array(size);
    for (let i = 0; i < data.length; i += 1) mean[i % size]! += data[i]! / count;
    const changed = data.slice();
    for (const head of heads) changed.set(mean, head * size);
    return changed;
  };
}
