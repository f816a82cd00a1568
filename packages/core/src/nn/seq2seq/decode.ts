import type { Steps } from '../run/forward.ts';
import { type ForwardContext, observe } from '../run/forward.ts';
import type { SequenceDecoder } from './decoder.ts';
import type { SequenceEncoder } from './encoder.ts';

/** Sources, and how to decode their targets. */
export interface DecodeRequest {
  /** Source tokens of all sequences, delimited by `ctx.offsets`. */
  readonly ids: Int32Array;
  /** Teacher forcing: the input tokens of each step, instead of the predicted ones. Their number is the number of steps. */
  readonly targets?: readonly ArrayLike<number>[];
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

/**
 * Encodes all sources and decodes all targets, one token per sequence and step. Greedy decoding feeds the argmax to the next step, until every
 * sequence has ended; teacher forcing feeds the target's token.
 */
export function* decodeSteps(
  ctx: ForwardContext,
  encoder: SequenceEncoder,
  decoder: SequenceDecoder,
  request: DecodeRequest,
): Steps<Decoded> {
  const { backend, offsets } = ctx;
  const { targets, maxLength, bosTokenId, eosTokenId } = request;
  const batch = offsets.length - 1;
  const encoded = yield* encoder.forward(ctx, request.ids, offsets);
  let state = encoded.initial;
  for (const [layer, [hidden, ...rest]] of state.entries()) {
    const hooked = yield* observe(ctx, `context.${layer}`, hidden!);
    state = state.with(layer, [hooked, ...rest]);
  }
  const context = state.map(([hidden]) => backend.read(hidden!));
  const memory = decoder.memory(backend, encoded.states, offsets);

  const tokens: number[][] = Array.from({ length: batch }, () => []);
  const logits: Float32Array[][] = Array.from({ length: batch }, () => []);
  const steps = (s: number) => (targets ? targets[s]!.length : maxLength);
  const hasEnded = (s: number) =>
    tokens[s]!.length >= steps(s) || (!targets && tokens[s]!.at(-1) === eosTokenId);
  const input = new Int32Array(batch).fill(bosTokenId);
  for (let i = 0; tokens.some((_, s) => !hasEnded(s)); i++) {
    const next = yield* decoder.step(ctx, i, input, state, memory);
    state = next.state;
    const values = backend.read(next.logits);
    const width = values.length / batch;
    for (let s = 0; s < batch; s++) {
      // Sequences that have ended stay in the batch; their results are discarded.
      if (hasEnded(s)) continue;
      const row = values.slice(s * width, (s + 1) * width);
      const token = argmax(row);
      logits[s]!.push(row);
      tokens[s]!.push(token);
      input[s] = targets?.[s]?.[i] ?? token;
    }
  }
  return { context, tokens, logits };
}

/** The index of the first maximum. */
function argmax(values: Float32Array): number {
  let max = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[max]!) max = i;
  return max;
}
