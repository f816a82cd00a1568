import type { Offsets, Tensor } from '../../backend/backend.ts';
import type { MultiHead } from '../attention/multi-head.ts';
import type { SelfMask } from '../encoder-block.ts';
import type { FeedForward } from '../feed-forward.ts';
import type { LayerNorm } from '../layer-norm.ts';
import { observe, type Run } from '../run.ts';
import type { SelfAttention } from '../self-attention.ts';
import type { Steps } from '../steps.ts';

/** The parts of a decoder block. */
export interface DecoderBlockParts {
  readonly attention: SelfAttention;
  readonly attentionNorm: LayerNorm;
  readonly crossAttention: MultiHead;
  readonly crossAttentionNorm: LayerNorm;
  readonly feedForward: FeedForward;
  readonly feedForwardNorm: LayerNorm;
}

/** What a decoder reads of the encoder: `[tokens, hiddenSize]`, where its sequences lie, and what of them may be seen. */
export interface Memory extends SelfMask {
  readonly states: Tensor;
  readonly offsets: Offsets;
}

/**
 * One layer of a transformer decoder (Vaswani et al. 2017, §3.1): attention to what is already written, attention to the encoder's
 * output, then a feed-forward network, each added to its input and normalised after, or before with `normFirst`.
 */
export class DecoderBlock {
  readonly #name: string;
  readonly #parts: DecoderBlockParts;
  readonly #normFirst: boolean;

  constructor(name: string, parts: DecoderBlockParts, normFirst: boolean) {
    this.#name = name;
    this.#parts = parts;
    this.#normFirst = normFirst;
  }

  /** `[tokens, hiddenSize]` → the same. */
  *forward(run: Run, input: Tensor, mask: SelfMask, memory: Memory): Steps<Tensor> {
    const { attention, attentionNorm, crossAttention, crossAttentionNorm, feedForward, feedForwardNorm } =
      this.#parts;
    const { states, offsets, ...seen } = memory;
    const x = yield* observe(run, `${this.#name}.residual.before`, input);
    const attended = yield* this.#half(run, attentionNorm, x, (normed, residual) =>
      attention.forward(run, normed, { ...mask, residual }),
    );
    const between = yield* observe(run, `${this.#name}.residual.between`, attended);
    const informed = yield* this.#half(run, crossAttentionNorm, between, (normed, residual) =>
      crossAttention.forward(run, { query: normed, key: states, keyOffsets: offsets, ...seen, residual }),
    );
    const middle = yield* observe(run, `${this.#name}.residual.middle`, informed);
    const fed = yield* this.#half(run, feedForwardNorm, middle, (normed, residual) =>
      feedForward.forward(run, normed, residual),
    );
    return yield* observe(run, `${this.#name}.residual.after`, fed);
  }

  /** One part with its residual connection and its norm, which stands before or after. */
  *#half(
    run: Run,
    norm: LayerNorm,
    x: Tensor,
    body: (normed: Tensor, residual: Tensor) => Steps<Tensor>,
  ): Steps<Tensor> {
    if (this.#normFirst) return yield* body(norm.forward(run.backend, x), x);
    return norm.forward(run.backend, yield* body(x, x));
  }
}
