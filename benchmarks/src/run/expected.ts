import { type BackendName, createBackend } from '@headwise/core';
import type { Case } from '../cases/suites.ts';
import { type OperationWork, type Work, withF32 } from '../cases/work.ts';
import { prepareOurs } from '../engines/ours.ts';
import type { Platform } from '../engines/platform.ts';

/** Reference outputs by {@link expectedKey}. A 512-token encoder takes the reference a minute. */
export type ExpectedOutputs = Map<string, Float32Array>;

/** What a case's reference output depends on. The weight type is no part of it: the reference output is that of f32. */
export function expectedKey({ suite, name, parts = 1 }: Case): string {
  return `${suite}/${name}/${parts}`;
}

/** Attention with more queries is compared in a sample of the queries, as the reference takes minutes for all. */
const allQueriesUpTo = 512;
const sampledQueries = 64;

function isSampled(work: Work): work is OperationWork<'attention'> {
  return work.kind === 'attention' && work.parameters.queries[0]! > allQueriesUpTo;
}

/** The rows of sampled queries, spread from the first to the last: `[queries, features]` → `[sampledQueries, features]`. */
function sampleQueries(x: Float32Array, queries: number): Float32Array {
  const features = x.length / queries;
  const out = new Float32Array(sampledQueries * features);
  for (let sample = 0; sample < sampledQueries; sample++) {
    const from = Math.floor((sample * (queries - 1)) / (sampledQueries - 1)) * features;
    out.set(x.subarray(from, from + features), sample * features);
  }
  return out;
}

/** The part of an output that is compared with the reference. */
export function compared(work: Work, output: Float32Array): Float32Array {
  return isSampled(work) ? sampleQueries(output, work.parameters.queries[0]!) : output;
}

/** The compared part of a work in f32 that has this output. */
function comparedWork(work: Work): Work {
  if (!isSampled(work)) return withF32(work);
  const { parameters, values } = work;
  const { queries } = parameters;
  return {
    ...work,
    parameters: { ...parameters, queries: [sampledQueries], keys: queries },
    values: { ...values, q: sampleQueries(values.q, queries[0]!) },
  };
}

/** The {@link compared} output of the reference, or of another single-threaded backend of Headwise. */
export async function expectedOutput(
  platform: Platform,
  work: Work,
  from: BackendName = 'reference',
): Promise<Float32Array> {
  const prepared = await prepareOurs(platform, await createBackend(from), comparedWork(work));
  // The next run overwrites the output.
  const result = await prepared.run();
  const output = (prepared.arrange?.(result) ?? result).slice();
  await prepared.dispose();
  return output;
}
