import {
  ablateHeads,
  createBackend,
  type Hooks,
  SafetensorsCheckpoint,
  type Seq2SeqLM,
  silence,
} from '@headwise/core';
import { Random } from '@headwise/core/internal';
import {
  GradientReplica,
  openTrainable,
  type Parameter,
  seq2SeqLanguageModelling,
} from '@headwise/core/train';
import type { Pair } from '../../data/split.ts';
import type { SequenceExample } from '../../sequences/task.ts';
import { BOS, PAD } from '../../sequences/tokenizers.ts';

/** The three attentions of an encoder–decoder. */
export const sites = ['encoder', 'decoder', 'cross'] as const;
export type Site = (typeof sites)[number];

export interface Head {
  readonly site: Site;
  readonly layer: number;
  readonly head: number;
}

/** Names of the activations of the attention of a site, and of its output projection in Marian's checkpoints, with `*` for the layer. */
const names: Readonly<Record<Site, { readonly attention: string; readonly projection: string }>> = {
  encoder: {
    attention: 'encoder.blocks.*.attention',
    projection: 'model.encoder.layers.*.self_attn.out_proj.weight',
  },
  decoder: {
    attention: 'decoder.blocks.*.attention',
    projection: 'model.decoder.layers.*.self_attn.out_proj.weight',
  },
  cross: {
    attention: 'decoder.blocks.*.crossAttention',
    projection: 'model.decoder.layers.*.encoder_attn.out_proj.weight',
  },
};

/** All heads of a model with as many layers in the encoder as in the decoder. */
export function headsOf(layers: number, heads: number): Head[] {
  return sites.flatMap((site) =>
    Array.from({ length: layers * heads }, (_, i) => ({
      site,
      layer: Math.floor(i / heads),
      head: i % heads,
    })),
  );
}

/** Hooks that remove heads: their contexts become zero. */
export function without(heads: readonly Head[]): Hooks {
  return Object.fromEntries(
    heads.map(({ site, layer, head }) => [
      `${names[site].attention.replace('*', String(layer))}.heads.${head}.context`,
      silence(),
    ]),
  );
}

/** How a model does on pairs. */
export interface PairScore {
  /** Cross entropy of a target token, in nats. */
  readonly loss: number;
  /** Fraction of targets of which each token is the most probable one: those that greedy decoding writes without an error. */
  readonly exact: number;
}

export async function scorePairs(
  model: Seq2SeqLM,
  pairs: readonly Pair[],
  hooks: Hooks = {},
): Promise<PairScore> {
  let [loss, tokens, exact] = [0, 0, 0];
  for (const { source, target } of pairs) {
    const scored = await model.perplexity(source, target, { topLogProbs: 1, hooks });
    loss += scored.loss * scored.tokens.length;
    tokens += scored.tokens.length;
    if (scored.tokens.every(({ id, top }) => top![0]!.id === id)) exact++;
  }
  return { loss: loss / tokens, exact: exact / pairs.length };
}

/** How much the loss rises without each head alone. */
export async function ablationImportance(
  model: Seq2SeqLM,
  pairs: readonly Pair[],
  { layers, heads }: { readonly layers: number; readonly heads: number },
): Promise<number[]> {
  const { loss } = await scorePairs(model, pairs);
  const rises: number[] = [];
  for (const site of sites) {
    const { scores } = await ablateHeads(
      async (hooks) => (await scorePairs(model, pairs, hooks)).loss - loss,
      { layers, heads, attention: names[site].attention },
    );
    rises.push(...scores);
  }
  return rises;
}

/**
 * The importance of each head by Michel et al. 2019 (https://arxiv.org/abs/1905.10650, § 4.1): the mean over examples of |∂L/∂ξ|, where ξ = 1
 * multiplies the head's context. Divided by the Euclidean norm of the importances of its layer, as there.
 *
 * ξ multiplies the context c in W · c, so ∂L/∂ξ = Σ W ⊙ ∂L/∂W over the columns of W that read the head.
 */
export async function gradientImportance(
  config: Readonly<Record<string, unknown>>,
  file: Uint8Array,
  examples: readonly SequenceExample[],
  { layers, heads }: { readonly layers: number; readonly heads: number },
): Promise<number[]> {
  const read = async (from: number, to: number) => Uint8Array.from(file.subarray(from, to));
  const weights = await SafetensorsCheckpoint.open({ size: file.length, read });
  const trainable = await openTrainable(await createBackend(), config, weights);
  if (trainable.kind !== 'seq2seqLM') throw new Error(`expected an encoder–decoder, got ${trainable.kind}`);
  const objective = seq2SeqLanguageModelling({ decoderStartTokenId: BOS, padTokenId: PAD });
  const replica = new GradientReplica({ trainable, objective });
  // Drawn from by objectives that mask tokens; this one does not.
  const random = new Random(0);
  const all = headsOf(layers, heads);
  const sums = all.map(() => 0);
  for (const [step, example] of examples.entries()) {
    const batch = objective.collate([example], random);
    replica.computeGradient({ batch, position: { seed: 0, step, microBatch: 0 }, share: 1 });
    for (const [i, { site, layer, head }] of all.entries()) {
      const projection = trainable.parameters.get(names[site].projection.replace('*', String(layer)));
      sums[i]! += Math.abs(gateGradient(projection, head, heads));
    }
  }
  trainable.dispose();
  return normalizeByLayer(sums, heads);
}

/** ∂L/∂ξ of a head, from the weights `[out, in]` of the projection that reads the heads and their gradient. */
export function gateGradient(
  { values, gradient, shape }: Pick<Parameter, 'values' | 'gradient' | 'shape'>,
  head: number,
  heads: number,
): number {
  const [rows = 0, columns = 0] = shape;
  const width = columns / heads;
  let sum = 0;
  for (let row = 0; row < rows; row++) {
    for (let column = head * width; column < (head + 1) * width; column++) {
      sum += values[row * columns + column]! * gradient[row * columns + column]!;
    }
  }
  return sum;
}

/** Divides the importances of each layer, `heads` in a row, by their Euclidean norm. */
export function normalizeByLayer(importances: readonly number[], heads: number): number[] {
  return importances.map((importance, i) => {
    const from = i - (i % heads);
    const norm = Math.hypot(...importances.slice(from, from + heads));
    return norm === 0 ? 0 : importance / norm;
  });
}

/** A score when some heads are removed. */
export interface PruningPoint extends PairScore {
  readonly removed: number;
}

/** Removes heads in an order, the first one first, and scores the model after each of the given numbers. */
export async function pruneInOrder(
  model: Seq2SeqLM,
  pairs: readonly Pair[],
  order: readonly Head[],
  numbers: readonly number[],
): Promise<PruningPoint[]> {
  const points: PruningPoint[] = [];
  for (const removed of numbers)
    points.push({ removed, ...(await scorePairs(model, pairs, without(order.slice(0, removed)))) });
  return points;
}

/** The heads by importance, the least important first. */
export function byImportance(heads: readonly Head[], importances: readonly number[]): Head[] {
  return heads
    .map((head, i) => ({ head, importance: importances[i]! }))
    .sort((a, b) => a.importance - b.importance)
    .map(({ head }) => head);
}
