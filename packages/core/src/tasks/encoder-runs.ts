import type { Engine } from '../engine/engine.ts';
import type { EncodeOutput, OutputRequest } from '../engine/output.ts';
import type { Hooks } from '../hooks/hooks.ts';
import { TOKEN_TASK_HEADS } from '../models/encoders/task-heads.ts';
import { yieldToEventLoop } from '../platform/yield.ts';
import { joinSequences, planBatches, type Sequence } from './batches.ts';

/** What every task can be given. */
export interface RunOptions {
  /** Hooks see the batches that texts are put together in: `[tokens of all texts, hiddenSize]`. */
  hooks?: Hooks;
  signal?: AbortSignal;
  /** Called with the number of texts done, of how many. */
  onProgress?: (done: number, total: number) => void;
}

/** What tasks can be given that read a text as long as the model takes. */
export interface TextOptions extends RunOptions {
  /** What to do with texts longer than the model takes. Default: cut them at the end; `error` throws `ConfigError`. */
  truncation?: 'longestFirst' | 'error';
}

/** A tokenised text, and which of its tokens a head over tokens is asked about; default: all. */
export interface RunSequence extends Sequence {
  readonly rows?: Int32Array;
}

/**
 * Runs sequences of any lengths, longest first in batches, and gives each its own part of the output: `[features]`, or
 * `[rows, features]` of what there is for each token. Rejects with the signal's reason if aborted.
 */
export async function runSequences(
  engine: Engine,
  sequences: readonly RunSequence[],
  output: OutputRequest,
  { hooks, signal, onProgress }: RunOptions,
): Promise<EncodeOutput[]> {
  signal?.throwIfAborted();
  if (sequences.length === 0) return [];
  const results = new Array<EncodeOutput>(sequences.length);
  const lengths = sequences.map(({ ids }) => ids.length);
  const call = engine.beginCall?.(lengths);
  const { slots } = call ?? engine;
  const batches = planBatches(lengths, slots);
  let [next, done] = [0, 0];
  const runBatch = async (indices: readonly number[]) => {
    const members = indices.map((index) => sequences[index]!);
    const batch = joinSequences(members);
    const rows = rowsOf(members, batch.offsets);
    const { outputs } = await (call ?? engine).encode(batch, {
      outputs: [
        rows && output.kind !== 'embedding' && output.kind !== 'hidden' ? { ...output, rows } : output,
      ],
      ...(hooks && { hooks }),
      ...(signal && { signal }),
    });
    const perToken = output.kind === 'hidden' || TOKEN_TASK_HEADS.has(output.kind);
    const parts = divide(outputs[0]!, members, perToken);
    for (const [i, index] of indices.entries()) results[index] = parts[i]!;
    done += indices.length;
    onProgress?.(done, sequences.length);
  };
  const runBatches = async () => {
    for (let batch = batches[next++]; batch; batch = batches[next++]) {
      // Between batches an abort can arrive and a page can draw.
      if (slots === undefined && done > 0) await yieldToEventLoop();
      signal?.throwIfAborted();
      await runBatch(batch);
    }
  };
  // One more than are computed, so that the next is there when one ends. After a failure no other is begun.
  const runners = Array.from({ length: slots === undefined ? 1 : slots + 1 }, () =>
    runBatches().catch((error: unknown) => {
      next = batches.length;
      throw error;
    }),
  );
  try {
    await Promise.all(runners);
  } finally {
    call?.end();
  }
  return results;
}

/** The rows of the batch that the sequences ask about. */
function rowsOf(members: readonly RunSequence[], offsets: Int32Array): Int32Array | undefined {
  if (members.every(({ rows }) => rows === undefined)) return undefined;
  return Int32Array.from(
    members.flatMap(({ ids, rows = ids.keys() }, s) => Array.from(rows, (row) => offsets[s]! + row)),
  );
}

/** Each sequence's part of an output that has one row for each sequence, or one for each token asked about. */
function divide(
  { shape, data }: EncodeOutput,
  members: readonly RunSequence[],
  perToken: boolean,
): EncodeOutput[] {
  const features = shape[1] ?? 0;
  let at = 0;
  return members.map(({ ids, rows }) => {
    const count = perToken ? (rows?.length ?? ids.length) : 1;
    const part = data.slice(at * features, (at + count) * features);
    at += count;
    return { shape: perToken ? [count, features] : [features], data: part };
  });
}
