import { type Backend, type BackendName, createBackend } from '@headwise/core';
import type { Case } from '../cases/suites.ts';
import type { AttentionWork, Work } from '../cases/work.ts';
import { swapOuterAxes } from '../engines/layout.ts';
import { prepareOurs } from '../engines/ours.ts';
import type { Platform } from '../engines/platform.ts';

/** What the reference backend answers, by {@link expectedKey}: a 512-token encoder takes it a minute, so they are kept. */
export type ExpectedOutputs = Map<string, Float32Array>;

/** What a case's reference output depends on: not on the type that weights are stored in, but on how much of the case is run. */
export function expectedKey({ suite, name, parts = 1 }: Case): string {
  return `${suite}/${name}/${parts}`;
}

/** Above this many queries the reference answers for some queries only: all would take it minutes. */
const allQueriesUpTo = 512;
const sampledQueries = 64;

/** The part of an output that is compared with the reference. */
export function compared(work: Work, output: Float32Array): Float32Array {
  if (work.kind !== 'attention' || work.queryTokens <= allQueriesUpTo) return output;
  return pickQueries(work, output);
}

/** The output of the reference, or of another backend of ours on one thread, for a piece of work, as {@link compared} cuts it. */
export async function expectedOutput(
  platform: Platform,
  work: Work,
  from: BackendName = 'reference',
): Promise<Float32Array> {
  const reference = await createBackend(from);
  if (work.kind === 'attention' && work.queryTokens > allQueriesUpTo)
    return sampledAttention(reference, work);
  const prepared = await prepareOurs(platform, reference, 'dtype' in work ? { ...work, dtype: 'f32' } : work);
  if (!prepared) throw new Error(`the backend ${from} can't do ${work.kind}`);
  const output = await prepared.run();
  // Kept beyond the next run, so copied.
  const kept = (prepared.arrange?.(output) ?? output).slice();
  await prepared.dispose();
  return kept;
}

/** Queries spread from the first to the last. */
function queryAt(sample: number, tokens: number): number {
  return Math.floor((sample * (tokens - 1)) / (sampledQueries - 1));
}

/** Of `[heads, tokens, size]` the sampled queries' rows: `[heads, samples, size]`. */
function pickQueries({ heads, tokens, size }: AttentionWork, x: Float32Array): Float32Array {
  const out = new Float32Array(heads * sampledQueries * size);
  for (let head = 0; head < heads; head++) {
    for (let sample = 0; sample < sampledQueries; sample++) {
      const from = (head * tokens + queryAt(sample, tokens)) * size;
      out.set(x.subarray(from, from + size), (head * sampledQueries + sample) * size);
    }
  }
  return out;
}

async function sampledAttention(reference: Backend, work: AttentionWork): Promise<Float32Array> {
  const { heads, tokens, size } = work;
  const close = reference.openScope();
  try {
    const rows = (x: Float32Array, count: number) =>
      reference.tensor(swapOuterAxes(x, heads, count), [count, heads * size]);
    const context = reference.attention(
      rows(pickQueries(work, work.queries), sampledQueries),
      rows(work.keys, tokens),
      rows(work.values, tokens),
      { heads, queryOffsets: Int32Array.of(0, sampledQueries), keyOffsets: Int32Array.of(0, tokens) },
    );
    return swapOuterAxes(reference.read(context), sampledQueries, heads);
  } finally {
    close();
  }
}
