import type { Tensor } from '../../backend/backend.ts';
import type { StackState } from '../recurrent/recurrent-stack.ts';
import type { Steps } from '../run/forward.ts';
import { type ForwardContext, observe } from '../run/forward.ts';
import { type DecoderMemory, type SequenceDecoder, topOf } from './decoder.ts';
import type { SequenceEncoder } from './encoder.ts';

/** Sources, and how to decode their targets. */
export interface DecodeRequest {
  /** Source tokens of all sequences, delimited by `ctx.offsets`. */
  readonly ids: Int32Array;
  readonly maxLength: number;
  readonly bosTokenId: number;
  readonly eosTokenId: number;
}

/** The results of all sequences. */
export interface Decoded {
  /** The decoder's initial hidden states, `[layers][batch · hiddenSize]`. */
  readonly context: readonly Float32Array[];
  /** The argmax of each step. */
  readonly tokens: readonly number[][];
  /** Logits `[targetVocabSize]` of each step. */
  readonly logits: readonly Float32Array[][];
}

/** Encoded sources: what a decoder begins with. */
export interface EncodedSources {
  readonly state: StackState;
  readonly memory: DecoderMemory;
  /** The initial hidden state of each layer, `[batch, hiddenSize]`. */
  readonly context: readonly Tensor[];
}

/** Encodes all sources. */
export function* encodeSources(
  ctx: ForwardContext,
  encoder: SequenceEncoder,
  decoder: SequenceDecoder,
  ids: Int32Array,
): Steps<EncodedSources> {
  const { backend, offsets } = ctx;
  const encoded = yield* encoder.forward(ctx, ids, offsets);
  let state = encoded.initial;
  for (const [layer, [hidden, ...rest]] of state.entries()) {
    const hooked = yield* observe(ctx, `context.${layer}`, hidden!);
    state = state.with(layer, [hooked, ...rest]);
  }
  const memory = decoder.memory(backend, encoded.states, offsets);
  return { state, memory, context: state.map(([hidden]) => hidden!) };
}

/**
 * Encodes all sources and decodes greedily, one token per sequence and step: the argmax is the input of the next step, until every sequence has
 * ended.
 */
export function* decodeSteps(
  ctx: ForwardContext,
  encoder: SequenceEncoder,
  decoder: SequenceDecoder,
  { ids, maxLength, bosTokenId, eosTokenId }: DecodeRequest,
): Steps<Decoded> {
  const { backend, offsets } = ctx;
  const batch = offsets.length - 1;
  const { memory, context, ...initial } = yield* encodeSources(ctx, encoder, decoder, ids);
  let { state } = initial;
  const tokens: number[][] = Array.from({ length: batch }, () => []);
  const logits: Float32Array[][] = Array.from({ length: batch }, () => []);
  const hasEnded = (s: number) => tokens[s]!.length >= maxLength || tokens[s]!.at(-1) === eosTokenId;
  const input = new Int32Array(batch).fill(bosTokenId);
  for (let i = 0; tokens.some((_, s) => !hasEnded(s)); i++) {
    state = yield* decoder.step(ctx, i, decoder.inputs(ctx, input), state, memory);
    const rows = decoder.logits(backend, topOf(state));
    const values = backend.read(yield* observe(ctx, `decoder.steps.${i}.logits`, rows));
    const width = values.length / batch;
    for (let s = 0; s < batch; s++) {
      // Sequences that have ended stay in the batch; their results are discarded.
      if (hasEnded(s)) continue;
      const row = values.slice(s * width, (s + 1) * width);
      const token = argmax(row);
      logits[s]!.push(row);
      tokens[s]!.push(token);
      input[s] = token;
    }
  }
  return { context: context.map((hidden) => backend.read(hidden)), tokens, logits };
}

/** The index of the first maximum. */
export function argmax(values: Float32Array): number {
  let max = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[max]!) max = i;
  return max;
}
