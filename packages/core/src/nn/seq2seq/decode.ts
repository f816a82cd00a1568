import { type ForwardContext, observe } from '../run/forward-context.ts';
import type { Steps } from '../run/steps.ts';
import type { SequenceDecoder } from './decoder.ts';
import type { SequenceEncoder } from './encoder.ts';

/** What is to be written after what. */
export interface DecodeRequest {
  /** Source tokens of all sequences; `run.offsets` says where each lies. */
  readonly ids: Int32Array;
  /** Teacher forcing: the tokens to feed in place of the predicted ones, and so how many steps each sequence takes. */
  readonly targets?: readonly ArrayLike<number>[];
  readonly maxLength: number;
  readonly bosTokenId: number;
  readonly eosTokenId: number;
}

/** What came of it, for each sequence. */
export interface Decoded {
  /** The decoder's first hidden states, `[layers][batch · hiddenSize]`. */
  readonly context: readonly Float32Array[];
  /** The likeliest token of each step. */
  readonly tokens: readonly number[][];
  /** Logits of each step. */
  readonly logits: readonly Float32Array[][];
}

/**
 * Encodes all sequences and writes all targets, a token each at a time. Greedy: the likeliest token is the next step's input, until every
 * sequence has ended. With targets: the target's is, whatever was predicted.
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
    const seen = yield* observe(ctx, `context.${layer}`, hidden!);
    state = state.with(layer, [seen, ...rest]);
  }
  const context = state.map(([hidden]) => backend.read(hidden!));
  const memory = decoder.memory(backend, encoded.states, offsets);

  const tokens: number[][] = Array.from({ length: batch }, () => []);
  const logits: Float32Array[][] = Array.from({ length: batch }, () => []);
  const steps = (s: number) => (targets ? targets[s]!.length : maxLength);
  const ended = (s: number) =>
    tokens[s]!.length >= steps(s) || (!targets && tokens[s]!.at(-1) === eosTokenId);
  const input = new Int32Array(batch).fill(bosTokenId);
  for (let i = 0; tokens.some((_, s) => !ended(s)); i++) {
    const next = yield* decoder.step(ctx, i, input, state, memory);
    state = next.state;
    const values = backend.read(next.logits);
    const width = values.length / batch;
    for (let s = 0; s < batch; s++) {
      // A sequence that has ended goes along with the others, unheard, until they have too.
      if (ended(s)) continue;
      const row = values.slice(s * width, (s + 1) * width);
      const token = argmax(row);
      logits[s]!.push(row);
      tokens[s]!.push(token);
      input[s] = targets?.[s]?.[i] ?? token;
    }
  }
  return { context, tokens, logits };
}

/** Index of the largest value, the first of several. */
function argmax(values: Float32Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  return best;
}
