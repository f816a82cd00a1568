import type { Backend, Offsets, Tensor } from '../../backend/backend.ts';
import { pack } from '../recurrent/packing.ts';
import type { StackState } from '../recurrent/recurrent-stack.ts';
import type { Steps } from '../run/forward.ts';
import { type ForwardContext, observe } from '../run/forward.ts';
import { evenOffsets } from '../torch/float-array.ts';
import { argmax, encodeSources } from './decode.ts';
import { type DecoderMemory, type SequenceDecoder, topOf } from './decoder.ts';
import type { SequenceEncoder } from './encoder.ts';

/** Sources with the inputs of the decoder. */
export interface ForcedRequest {
  /** Source tokens of all sequences, delimited by `ctx.offsets`. */
  readonly ids: Int32Array;
  /** The decoder's input tokens of each sequence, one for each step. */
  readonly inputs: readonly ArrayLike<number>[];
  /**
   * Scheduled sampling (Bengio et al. 2015, https://arxiv.org/abs/1506.03099): the steps, of all sequences one after another, whose input is
   * the argmax of the step before instead of that in `inputs`. The first step of a sequence always reads its input.
   */
  readonly sampled?: ArrayLike<number> | undefined;
}

/** The results of all sequences. */
export interface Forced {
  /** The initial hidden state of each layer, `[batch, hiddenSize]`. */
  readonly context: readonly Tensor[];
  /** `[steps, targetVocabSize]`, the sequences one after another. */
  readonly logits: Tensor;
}

/**
 * Decodes with inputs that are known before, such as those of teacher forcing. Their projections are one matrix product, and so are the logits.
 * No value is read in between, so that it can be recorded for training. With `sampled` steps the logits are read after each step, for the tokens
 * alone: no gradient flows through the choice.
 */
export function* forcedSteps(
  ctx: ForwardContext,
  encoder: SequenceEncoder,
  decoder: SequenceDecoder,
  { ids, inputs, sampled }: ForcedRequest,
): Steps<Forced> {
  const { backend } = ctx;
  const { offsets, ids: tokens } = packSequences(inputs);
  const { state, memory, context } = yield* encodeSources(ctx, encoder, decoder, ids);
  if (ctx.watches || memory.keys || sampled) {
    const plan = planOf(tokens, offsets, !!ctx.watches, sampled);
    return { context, logits: yield* stepByStep(ctx, decoder, plan, state, memory) };
  }
  const top = yield* decoder.allSteps(ctx, tokens, offsets, state);
  return { context, logits: decoder.logits(backend, top) };
}

/** The steps of all sequences. */
interface StepPlan {
  /** Sequences in the order of the steps. */
  readonly order: Int32Array;
  /** Input tokens: the first ones of all sequences, then the second ones, and so on. */
  readonly tokens: Int32Array;
  /** Sequences with a token at each step: the first ones in `order`. */
  readonly counts: readonly number[];
  /** For each input token the row of its step's result. */
  readonly rows: Int32Array;
  /** For each of `tokens`, whether the argmax of the step before is the input in its place. */
  readonly sampled: Uint8Array | undefined;
}

/** @param whole every step has all sequences in the order of the batch, for hooks; else only those that have a token, longest first */
function planOf(
  tokens: Int32Array,
  offsets: Offsets,
  whole: boolean,
  sampled: ArrayLike<number> | undefined,
): StepPlan {
  const batch = offsets.length - 1;
  let longest = 0;
  for (let s = 0; s < batch; s++) longest = Math.max(longest, offsets[s + 1]! - offsets[s]!);
  const spread = whole ? evenOffsets(batch, longest) : offsets;
  const { order, counts, packedRows } = pack(spread);
  const rows = new Int32Array(tokens.length);
  const inputs = new Int32Array(packedRows.length);
  const own = sampled && new Uint8Array(packedRows.length);
  for (let s = 0; s < batch; s++) {
    for (let row = offsets[s]!; row < offsets[s + 1]!; row++) {
      rows[row] = packedRows[spread[s]! + row - offsets[s]!]!;
      inputs[rows[row]!] = tokens[row]!;
      if (own && row > offsets[s]!) own[rows[row]!] = sampled[row] ? 1 : 0;
    }
  }
  return { order, tokens: inputs, counts, rows, sampled: own };
}

/** The logits of all steps, `[steps, targetVocabSize]`, by a step for each position. */
function* stepByStep(
  ctx: ForwardContext,
  decoder: SequenceDecoder,
  { order, tokens, counts, rows, sampled }: StepPlan,
  initial: StackState,
  encoded: DecoderMemory,
): Steps<Tensor> {
  const { backend } = ctx;
  const needsLogits = ctx.watches !== undefined || sampled !== undefined;
  const inputs = sampled ? undefined : decoder.inputs(ctx, tokens);
  let [state, memory] = sortSequences(backend, order, initial, encoded);
  const results: Tensor[] = [];
  let row = 0;
  for (const [i, count] of counts.entries()) {
    if (count < memory.offsets.length - 1) {
      state = state.map((cell) => cell.map((x) => backend.rows(x, 0, count)));
      memory = firstSequences(backend, memory, count);
    }
    const end = row + count;
    const input = inputs
      ? backend.rows(inputs, row, end)
      : decoder.inputs(
          ctx,
          ownTokens(backend, tokens.slice(row, end), sampled!.subarray(row, end), results.at(-1)),
        );
    state = yield* decoder.step(ctx, i, input, state, memory);
    const top = topOf(state);
    results.push(
      needsLogits ? yield* observe(ctx, `decoder.steps.${i}.logits`, decoder.logits(backend, top)) : top,
    );
    row = end;
  }
  if (results.length === 0) return decoder.logits(backend, backend.rows(topOf(initial), 0, 0));
  const ordered = backend.embedding(backend.concat(results, 0), rows);
  return needsLogits ? ordered : decoder.logits(backend, ordered);
}

/** Input tokens, with the argmax of the logits before them where `sampled`. Rows are the same sequences in both. */
function ownTokens(
  backend: Backend,
  tokens: Int32Array,
  sampled: Uint8Array,
  logits: Tensor | undefined,
): Int32Array {
  if (!logits || !sampled.includes(1)) return tokens;
  const values = backend.read(logits);
  const width = logits.shape[1]!;
  return tokens.map((token, s) => (sampled[s] ? argmax(values.subarray(s * width, (s + 1) * width)) : token));
}

/** States and memory of the sequences in another order. */
function sortSequences(
  backend: Backend,
  order: Int32Array,
  state: StackState,
  memory: DecoderMemory,
): [StackState, DecoderMemory] {
  if (order.every((s, i) => s === i)) return [state, memory];
  const { states, keys, offsets } = memory;
  const sorted = new Int32Array(offsets.length);
  const rows: number[] = [];
  for (const [i, s] of order.entries()) {
    for (let row = offsets[s]!; row < offsets[s + 1]!; row++) rows.push(row);
    sorted[i + 1] = rows.length;
  }
  const ids = Int32Array.from(rows);
  const select = (x: Tensor) => backend.embedding(x, ids);
  return [
    state.map((cell) => cell.map((x) => backend.embedding(x, order))),
    {
      states: select(states),
      keys: keys && (keys === states ? select(states) : select(keys)),
      offsets: sorted,
    },
  ];
}

/** The memory of the first `count` sequences. */
function firstSequences(
  backend: Backend,
  { states, keys, offsets }: DecoderMemory,
  count: number,
): DecoderMemory {
  const end = offsets[count]!;
  return {
    states: backend.rows(states, 0, end),
    keys: keys && backend.rows(keys, 0, end),
    offsets: offsets.slice(0, count + 1),
  };
}

/** The tokens of all sequences, one after another. */
export function packSequences(sequences: readonly ArrayLike<number>[]): {
  offsets: Offsets;
  ids: Int32Array;
} {
  const offsets = new Int32Array(sequences.length + 1);
  for (const [s, { length }] of sequences.entries()) offsets[s + 1] = offsets[s]! + length;
  return { offsets, ids: Int32Array.from(sequences.flatMap((sequence) => Array.from(sequence))) };
}

/** The inputs of teacher forcing: the begin token, then the target without its last token. */
export function shiftedTargets(targets: readonly ArrayLike<number>[], bosTokenId: number): Int32Array[] {
  return targets.map((target) =>
    Int32Array.from({ length: target.length }, (_, i) => (i === 0 ? bosTokenId : target[i - 1]!)),
  );
}
