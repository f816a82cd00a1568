import type { EncoderModel } from '@headwise/core';
import { transfer } from 'comlink';
import { dot } from '../../lib/vectors.ts';
import type { JobContext, ModelStore } from '../job.ts';

export interface WhyParams {
  readonly query: string;
  readonly passage: string;
}

/** The tokens of a text as the model reads them. */
export interface ReadTokens {
  readonly tokens: readonly string[];
  /** Whether the tokenizer added it. */
  readonly special: readonly boolean[];
}

/** What a cosine is made of. */
export interface CosineParts extends WhyParams {
  readonly queryTokens: ReadTokens;
  readonly passageTokens: ReadTokens;
  /** The part of each pair of tokens in the cosine, [query tokens, passage tokens]. Their sum is the cosine. */
  readonly parts: Float32Array;
  readonly cosine: number;
}

/**
 * Divides the cosine of two texts among the pairs of their tokens. MiniLM's vector of a text is the mean of its tokens' vectors, so that the cosine
 * is a sum over all pairs: qᵢ · pⱼ / (n m |q̄| |p̄|).
 */
export async function run(
  store: ModelStore,
  { query, passage }: WhyParams,
  { signal }: JobContext,
): Promise<CosineParts> {
  const model = await store.load('minilm');
  const q = await vectorsOf(model, query, signal);
  const p = await vectorsOf(model, passage, signal);
  const scale = 1 / (q.rows.length * p.rows.length * q.meanNorm * p.meanNorm);
  const parts = new Float32Array(q.rows.length * p.rows.length);
  for (const [i, row] of q.rows.entries())
    for (const [j, other] of p.rows.entries()) parts[i * p.rows.length + j] = dot(row, other) * scale;
  const cosine = parts.reduce((sum, part) => sum + part, 0);
  const result = { query, passage, queryTokens: q.read, passageTokens: p.read, parts, cosine };
  return transfer(result, [parts.buffer]);
}

/** The last hidden state of each token, and the length of their mean. */
async function vectorsOf(model: EncoderModel, text: string, signal: AbortSignal) {
  const encoding = model.tokenize(text, { truncation: 'longestFirst' });
  const [output] = await model.run([encoding], { kind: 'hidden' }, { signal });
  const { data } = output!;
  const size = data.length / encoding.ids.length;
  const rows = Array.from(encoding.ids, (_, i) => data.subarray(i * size, (i + 1) * size));
  const mean = new Float32Array(size);
  for (const row of rows) for (let k = 0; k < size; k += 1) mean[k]! += row[k]! / rows.length;
  const special = Array.from(encoding.sequenceIds, (sequence) => sequence < 0);
  const read: ReadTokens = { tokens: encoding.tokens, special };
  return { rows, meanNorm: Math.sqrt(dot(mean, mean)), read };
}
