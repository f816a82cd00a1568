import { type Hooks, silence } from '@headwise/core';
import { mergeWeights, type Word, wordsOf } from '../../lib/words.ts';
import type { JobContext, ModelStore } from '../job.ts';

/** A head of cross-attention, and what becomes of the translation without it. */
export interface SilencedHead {
  readonly layer: number;
  readonly head: number;
  /** `[target word][source word]`, rows sum to 1. */
  readonly weights: readonly (readonly number[])[];
  /** The translation with this head's output set to 0. */
  readonly without: string;
}

export interface HeadsOfDate {
  readonly source: readonly Word[];
  readonly target: readonly Word[];
  readonly text: string;
  readonly heads: readonly SilencedHead[];
  /** The translation without the heads that the reader chose. */
  readonly withoutChosen: string;
}

export interface HeadsParams {
  readonly text: string;
  readonly silenced: readonly { readonly layer: number; readonly head: number }[];
}

const hooksOf = (heads: HeadsParams['silenced']): Hooks =>
  Object.fromEntries(
    heads.map(({ layer, head }) => [
      `decoder.blocks.${layer}.crossAttention.heads.${head}.context`,
      silence(),
    ]),
  );

/** All heads with which the dates' transformer reads the source. */
export async function run(
  store: ModelStore,
  { text, silenced }: HeadsParams,
  { signal }: JobContext,
): Promise<HeadsOfDate> {
  const model = await store.load('dates-transformer');
  const limits = { maxNewTokens: 60, signal };
  const generated = await model.generate(text, limits);
  const { sourceTokens, targetTokens, attention } = await model.alignments(text, generated.ids, { signal });
  const source = wordsOf(sourceTokens);
  const target = wordsOf(targetTokens).filter(({ end }) => !end);
  const [layers, count] = attention.shape;
  const heads: SilencedHead[] = [];
  for (let layer = 0; layer < layers; layer++) {
    for (let head = 0; head < count; head++) {
      const without = await model.generate(text, { ...limits, hooks: hooksOf([{ layer, head }]) });
      const map = attention.map(layer, head);
      const weights = mergeWeights(map, sourceTokens.length, target, source);
      heads.push({ layer, head, weights, without: without.text });
    }
  }
  const chosen =
    silenced.length > 0 ? await model.generate(text, { ...limits, hooks: hooksOf(silenced) }) : generated;
  return { source, target, text: generated.text, heads, withoutChosen: chosen.text };
}
