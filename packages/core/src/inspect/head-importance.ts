import type { EncodeOutput, OutputRequest } from '../engine/output.ts';
import { ConfigError } from '../errors.ts';
import type { EncoderModel } from '../tasks/encoder-model.ts';
import { requireTexts } from '../tasks/inputs.ts';
import { cosineSimilarity } from '../tasks/similarity.ts';
import { type Edit, silence } from './edits.ts';
import type { Hooks } from './hooks.ts';

export interface HeadImportanceOptions {
  /** What of the model's to look at. Default: its sentence embedding. */
  output?: OutputRequest;
  /**
   * How far the output for a text is from what it was before: larger for a head that matters more. Default: one minus their cosine
   * similarity.
   */
  distance?: (before: EncodeOutput, after: EncodeOutput) => number;
  /** What is done to a head's context. Default: `silence()`. */
  edit?: Edit;
  /** Hooks for every run, those before too. */
  hooks?: Hooks;
  signal?: AbortSignal;
  /** Called with the number of heads done, of how many. */
  onProgress?: (done: number, total: number) => void;
}

/** A head and how much it is missed. */
export interface HeadScore {
  readonly layer: number;
  readonly head: number;
  readonly score: number;
}

export interface HeadImportance {
  /** `[layers, heads]`: the mean distance over all texts. */
  readonly scores: Float32Array;
  readonly shape: readonly [layers: number, heads: number];
  /** All heads, the most important first. */
  readonly ranking: readonly HeadScore[];
}

/**
 * How much each head matters for some texts: the model runs without one head after another, and what comes out is compared with what
 * came out before (ablation, as in Michel et al. 2019, "Are sixteen heads really better than one?").
 *
 * Takes layers · heads + 1 runs. Throws `ConfigError` for no texts.
 */
export async function headImportance(
  model: EncoderModel,
  texts: string | readonly string[],
  options: HeadImportanceOptions = {},
): Promise<HeadImportance> {
  const { output, distance = cosineDistance, edit = silence(), hooks = {}, signal, onProgress } = options;
  const list = typeof texts === 'string' ? [texts] : texts;
  requireTexts('headImportance', 'the texts', list);
  if (list.length === 0) throw new ConfigError('headImportance: needs at least one text');
  const { numHiddenLayers: layers, numAttentionHeads: heads } = model.config;
  const sequences = list.map((text) => model.tokenize(text));
  const request = output ?? model.embeddingRequest;
  const run = (more: Hooks) =>
    model.run(sequences, request, { hooks: { ...hooks, ...more }, ...(signal && { signal }) });
  const before = await run({});
  const scores = new Float32Array(layers * heads);
  for (const index of scores.keys()) {
    const name = `blocks.${Math.floor(index / heads)}.attention.heads.${index % heads}.context`;
    const after = await run({ [name]: edit });
    const total = before.reduce((sum, plain, i) => sum + distance(plain, after[i]!), 0);
    scores[index] = total / before.length;
    onProgress?.(index + 1, scores.length);
  }
  const ranking = Array.from(scores, (score, index) => ({
    layer: Math.floor(index / heads),
    head: index % heads,
    score,
  })).sort((a, b) => b.score - a.score);
  return { scores, shape: [layers, heads], ranking };
}

function cosineDistance(before: EncodeOutput, after: EncodeOutput): number {
  return 1 - cosineSimilarity(before.data, after.data);
}
