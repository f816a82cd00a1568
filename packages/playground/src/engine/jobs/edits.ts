import { type Hooks, silence } from '@headwise/core';
import type { HeadId } from '../../lib/heads.ts';

/** Embeddings of length 1, also of models whose files do not ask for it: MiniLM's package has no modules.json. */
export const UNIT = { normalize: true };

/** Hooks that silence heads of an encoder or a decoder. */
export function silenceHooks(heads: readonly HeadId[]): Hooks {
  return Object.fromEntries(
    heads.map(({ layer, head }) => [`blocks.${layer}.attention.heads.${head}.context`, silence()]),
  );
}
