import type { EncodeOutput, Engine, OutputRequest } from '../../engine/encoder-engine.ts';
import type { Hooks } from '../../hooks/hooks.ts';
import { TOKEN_TASK_HEADS } from '../../models/encoders/task-heads.ts';
import type { TokenBatch } from '../../models/token-batch.ts';
import type { OptionNames } from '../../options.ts';
import { yieldToEventLoop } from '../../platform/yield.ts';

/** Options of every task. */
export interface RunOptions {
  /** Hooks see batches of several texts: `[tokens of all texts, hiddenSize]`. */
  hooks?: Hooks;
  signal?: AbortSignal;
  /** Called after each batch with the number of texts done so far and of all texts. */
  onProgress?: (done: number, total: number) => void;
}

/** Options of tasks whose texts are limited by the model's maximum length. */
export interface TextOptions extends RunOptions {
  /** Treatment of texts longer than the maximum. Default: `longestFirst`, cut at the end; `error` throws `ConfigError`. */
  truncation?: 'longestFirst' | 'error';
}

/** The options of running of those of a task. */
export function runOptionsOf({ hooks, signal, onProgress }: RunOptions): RunOptions {
  return { ...(hooks && { hooks }), ...(signal && { signal }), ...(onProgress && { onProgress }) };
}

/** The names of {@link RunOptions} and {@link TextOptions}. */
export const RUN_OPTIONS = {
  hooks: 'object',
  signal: 'signal',
  onProgress: 'function',
} satisfies OptionNames<RunOptions>;
export const TEXT_OPTIONS = {
  truncation: ['longestFirst', 'error'],
  ...RUN_OPTIONS,
} satisfies OptionNames<TextOptions>;

/** A tokenized text. */
export interface RunSequence {
  readonly ids: Int32Array;
  readonly typeIds: Int32Array;
  /** Indices of the tokens for which a head over tokens computes logits. Default: all. */
  readonly rows?: Int32Array;
}

/**
 * Tokens per batch: enough to fill the tiles of matrix multiplications, few enough for activations to stay in the CPU's cache. Batches
 * are not padded, so larger ones gain nothing.
 */
export const BATCH_TOKENS = 512;

/** With several slots: minimum tokens per batch, and batches per slot, so that all slots end at about the same time. */
const MIN_BATCH_TOKENS = 64;
const BATCHES_PER_SLOT = 4;

/**
 * Runs sequences of any lengths in batches, longest first, and returns each one's part of the output: `[features]`, or
 * `[rows, features]` of outputs with a row for each token. Rejects with the signal's reason if aborted.
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
  const call = engine.beginCall?.();
  const { slots } = call ?? engine;
  const batches = planBatches(lengths, slots);
  const perToken = output.kind === 'hidden' || TOKEN_TASK_HEADS.has(output.kind);
  let [next, done] = [0, 0];
  const runBatch = async (indices: readonly number[]) => {
    const members = indices.map((index) => sequences[index]!);
    const batch = joinSequences(members);
    const rows = batchRows(members, batch.offsets);
    const { outputs } = await (call ?? engine).encode(batch, {
      outputs: [
        rows && output.kind !== 'embedding' && output.kind !== 'hidden' ? { ...output, rows } : output,
      ],
      ...(hooks && { hooks }),
      ...(signal && { signal }),
    });
    const parts = splitOutput(outputs[0]!, members, perToken);
    for (const [i, index] of indices.entries()) results[index] = parts[i]!;
    done += indices.length;
    onProgress?.(done, sequences.length);
  };
  const runBatches = async () => {
    for (let batch = batches[next++]; batch; batch = batches[next++]) {
      // Between batches the event loop runs: an abort can arrive, and a page can be drawn.
      if (slots === undefined && done > 0) await yieldToEventLoop();
      signal?.throwIfAborted();
      await runBatch(batch);
    }
  };
  // One batch more than slots is in flight, so that a slot never waits for its next batch. After a failure no further batch is started.
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

/**
 * Groups sequences, longest first, into batches of at most `BATCH_TOKENS` tokens (or one sequence, if it alone is longer). For `slots` that
 * compute at the same time, few tokens are divided into smaller batches of about equal length, the same number for each slot.
 * Returns the indices of each batch's sequences.
 */
export function planBatches(lengths: readonly number[], slots = 1): number[][] {
  const order = lengths.map((_, index) => index).sort((a, b) => lengths[b]! - lengths[a]! || a - b);
  const total = lengths.reduce((sum, length) => sum + length, 0);
  // With many batches, one more or less per slot makes no difference.
  if (slots === 1 || total > slots * BATCHES_PER_SLOT * BATCH_TOKENS) return fillBatches(lengths, order);
  const rounds = Math.min(BATCHES_PER_SLOT, Math.max(1, Math.floor(total / (slots * MIN_BATCH_TOKENS))));
  return balanceBatches(lengths, order, slots * rounds);
}

/** Fills one batch after another. */
function fillBatches(lengths: readonly number[], order: readonly number[]): number[][] {
  const batches: number[][] = [];
  let room = 0;
  for (const index of order) {
    const length = lengths[index]!;
    const last = batches.at(-1);
    if (last && length <= room) {
      last.push(index);
      room -= length;
    } else {
      batches.push([index]);
      room = BATCH_TOKENS - length;
    }
  }
  return batches;
}

/** Adds each sequence to the batch that is shortest so far (longest processing time first, Graham 1969). The longest batch comes first. */
function balanceBatches(lengths: readonly number[], order: readonly number[], count: number): number[][] {
  const batches = Array.from({ length: count }, () => ({ tokens: 0, indices: [] as number[] }));
  for (const index of order) {
    let shortest = batches.reduce((least, batch) => (batch.tokens < least.tokens ? batch : least));
    if (shortest.tokens > 0 && shortest.tokens + lengths[index]! > BATCH_TOKENS) {
      shortest = { tokens: 0, indices: [] };
      batches.push(shortest);
    }
    shortest.indices.push(index);
    shortest.tokens += lengths[index]!;
  }
  const used = batches.filter(({ indices }) => indices.length > 0);
  return used.sort((a, b) => b.tokens - a.tokens).map(({ indices }) => indices);
}

/** Concatenates sequences, without padding. */
export function joinSequences(sequences: readonly RunSequence[]): TokenBatch {
  const offsets = new Int32Array(sequences.length + 1);
  for (const [s, { ids }] of sequences.entries()) offsets[s + 1] = offsets[s]! + ids.length;
  const tokens = offsets.at(-1) ?? 0;
  const batch = { ids: new Int32Array(tokens), typeIds: new Int32Array(tokens), offsets };
  for (const [s, { ids, typeIds }] of sequences.entries()) {
    batch.ids.set(ids, offsets[s]);
    batch.typeIds.set(typeIds, offsets[s]);
  }
  return batch;
}

/** The sequences' `rows` as indices into the batch; undefined if none has any. */
function batchRows(members: readonly RunSequence[], offsets: Int32Array): Int32Array | undefined {
  if (members.every(({ rows }) => rows === undefined)) return undefined;
  return Int32Array.from(
    members.flatMap(({ ids, rows = ids.keys() }, s) => Array.from(rows, (row) => offsets[s]! + row)),
  );
}

/** Each sequence's part of an output with one row for each sequence or, if `perToken`, for each of its rows. */
function splitOutput(
  { shape, data }: EncodeOutput,
  members: readonly RunSequence[],
  perToken: boolean,
): EncodeOutput[] {
  const features = shape[1] ?? 0;
  let from = 0;
  return members.map(({ ids, rows }) => {
    const count = perToken ? (rows?.length ?? ids.length) : 1;
    const part = data.slice(from * features, (from + count) * features);
    from += count;
    return { shape: perToken ? [count, features] : [features], data: part };
  });
}
