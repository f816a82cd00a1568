import type { Seq2SeqLM } from '@headwise/core';
import type { AlignedDate } from './aligned-dates.ts';
import { type HeadProfile, ProfileSums, type WeightMap } from './profile.ts';
import { type Head, headsOf, type Site } from './pruning.ts';

/** A head with what it attends to. */
export type ProfiledHead = Head & HeadProfile;

/** The weights of a head over one text. */
export interface HeadMap extends Head {
  /** `[queries][keys]`. */
  readonly weights: readonly (readonly number[])[];
}

/** The attention of all heads over one date. */
export interface DateMaps {
  readonly sourceTokens: readonly string[];
  readonly targetTokens: readonly string[];
  readonly heads: readonly HeadMap[];
}

interface Sizes {
  readonly layers: number;
  readonly heads: number;
}

const sumsOf = (site: Site) => {
  if (site === 'encoder') return new ProfileSums(['previous', 'same', 'next', 'first', 'last']);
  // The decoder's keys are its inputs: the first one is `<s>`, the last visible one the token before that which is predicted.
  if (site === 'decoder') return new ProfileSums(['same', 'previous', 'first'], true);
  return new ProfileSums(['aligned', 'first', 'last']);
};

/** Profiles of all heads over dates: encoder, decoder and cross-attention, layer by layer. Each character must be a token. */
export async function profileHeads(
  model: Seq2SeqLM,
  dates: readonly AlignedDate[],
  { layers, heads }: Sizes,
): Promise<ProfiledHead[]> {
  const all = headsOf(layers, heads).map((head) => ({ head, sums: sumsOf(head.site) }));
  for (const { source, target, alignment } of dates) {
    const trace = await model.trace(source, target);
    for (const { head, sums } of all) sums.add(mapOf(trace, head), alignment);
  }
  return all.map(({ head, sums }) => ({ ...head, ...sums.profile() }));
}

/** The attention of all heads over one date. */
export async function mapsOf(
  model: Seq2SeqLM,
  { source, target }: Pick<AlignedDate, 'source' | 'target'>,
  { layers, heads }: Sizes,
): Promise<DateMaps> {
  const trace = await model.trace(source, target);
  return {
    sourceTokens: trace.sourceTokens,
    targetTokens: trace.targetTokens,
    heads: headsOf(layers, heads).map((head) => {
      const { data, queries, keys } = mapOf(trace, head);
      const weights = Array.from({ length: queries }, (_, query) =>
        Array.from({ length: keys }, (_, key) => Number(data[query * keys + key]!.toFixed(3))),
      );
      return { ...head, weights };
    }),
  };
}

function mapOf(trace: Awaited<ReturnType<Seq2SeqLM['trace']>>, { site, layer, head }: Head): WeightMap {
  const maps = {
    encoder: trace.encoderAttention,
    decoder: trace.decoderAttention,
    cross: trace.crossAttention,
  }[site];
  const [, , queries, keys] = maps.shape;
  return { data: maps.map(layer, head), queries, keys };
}
