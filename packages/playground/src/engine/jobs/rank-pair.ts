import { meanShift } from '../../lib/effects.ts';
import { isSameHead, type Side } from '../../lib/heads.ts';
import type { JobContext, ModelStore } from '../job.ts';
import { pairHooks } from './edits.ts';
import { MAX_NEW_TOKENS, type PairParams } from './read-pair.ts';

export interface RankPairParams extends PairParams {
  /** The kind of attention whose heads are measured. */
  readonly side: Side;
}

export interface PairRanking {
  readonly params: RankPairParams;
  /** For each head, `[layer][head]`: the part of the probability that moves without it, the mean over the steps that write the output. */
  readonly sizes: ReadonlyArray<readonly number[]>;
}

/** Runs a text and what an encoder–decoder makes of it without one head of a kind after another. */
export async function run(
  store: ModelStore,
  params: RankPairParams,
  { signal, breathe }: JobContext,
): Promise<PairRanking> {
  const { text, edits, side } = params;
  const model = await store.load(params.model);
  const { encoder, decoder } = model.config;
  const { numLayers, numAttentionHeads } = side === 'encoder' ? encoder : decoder;
  const hooks = pairHooks(edits);
  const { ids } = await model.generate(text, { maxNewTokens: MAX_NEW_TOKENS, signal, hooks });
  const plain = await model.trace(text, ids, { hooks, signal });
  const sizes: number[][] = [];
  for (let layer = 0; layer < numLayers; layer += 1) {
    const row: number[] = [];
    for (let head = 0; head < numAttentionHeads; head += 1) {
      await breathe();
      const others = edits.filter((other) => other.side !== side || !isSameHead(other, { layer, head }));
      const without = pairHooks([...others, { side, layer, head, edit: 0 }]);
      const { logits } = await model.trace(text, ids, { hooks: without, signal });
      row.push(meanShift(plain.logits.data, logits.data, ids.length));
    }
    sizes.push(row);
  }
  return { params, sizes };
}
