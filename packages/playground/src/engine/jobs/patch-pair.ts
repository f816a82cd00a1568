import { patch, type Seq2SeqLM } from '@headwise/core';

/** Longest output that is compared. */
const MAX_NEW_TOKENS = 96;

/** Where the outputs of two texts part, and what the model says there of each. */
export interface Parting {
  /** The target until then, with the token that the first text has there. */
  readonly target: Int32Array;
  /** Logits of that token, `[vocabulary]`: of the text that is run, and of the one that activations come from. */
  readonly plain: Float32Array;
  readonly wanted: Float32Array;
}

/** Writes both outputs, and finds their first tokens that differ; undefined if none do. */
export async function partingOf(
  model: Seq2SeqLM,
  [into, from]: readonly [into: string, from: string],
  signal: AbortSignal,
): Promise<Parting | undefined> {
  const limits = { maxNewTokens: MAX_NEW_TOKENS, signal };
  const [a, b] = [(await model.generate(into, limits)).ids, (await model.generate(from, limits)).ids];
  const step = a.findIndex((id, i) => id !== b[i]);
  if (step < 0) return undefined;
  const target = a.slice(0, step + 1);
  const plain = lastRow((await model.trace(into, target, { signal })).logits.data, target.length);
  const wanted = lastRow((await model.trace(from, target, { signal })).logits.data, target.length);
  return { target, plain, wanted };
}

/** How far activations of the second text, put into the run of the first one by one, take the token at which the outputs part: 0 not at all, 1 all the way. */
export async function patchPair(
  model: Seq2SeqLM,
  [into, from]: readonly [into: string, from: string],
  { target, plain, wanted }: Parting,
  {
    names,
    perToken,
    signal,
  }: { readonly names: readonly string[]; readonly perToken: boolean; readonly signal: AbortSignal },
): Promise<number[]> {
  const { activations, sourceIds } = await model.trace(from, target, { record: names, signal });
  const apart = distance(wanted, plain);
  const tokens = perToken ? [...sourceIds.keys()] : [undefined];
  const recovered: number[] = [];
  for (const [name, activation] of activations) {
    for (const token of tokens) {
      const hooks = patch(new Map([[name, activation]]), token === undefined ? undefined : [[token, token]]);
      const { logits } = await model.trace(into, target, { hooks, signal });
      recovered.push(1 - distance(wanted, lastRow(logits.data, target.length)) / apart);
    }
  }
  return recovered;
}

function lastRow(logits: Float32Array, rows: number): Float32Array {
  return logits.slice((logits.length / rows) * (rows - 1));
}

/** Euclidean, as `activationPatching` of core measures it. */
function distance(a: Float32Array, b: Float32Array): number {
  return Math.sqrt(a.reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0));
}
