import type { Offsets, Tensor } from '../../backend/backend.ts';
import type { MultiHead } from '../attention/multi-head.ts';
import type { SeparateProjections } from '../attention/projections.ts';
import type { Past } from '../cache.ts';
import type { FeedForward } from '../feed-forward.ts';
import type { Norm } from '../norm.ts';
import { observe, type Run } from '../run.ts';
import type { SelfAttention } from '../self-attention.ts';
import type { Steps } from '../steps.ts';
import type { SelfMask } from '../transformer-block.ts';

/** The parts of a decoder block. */
export interface DecoderBlockParts {
  readonly attention: SelfAttention;
  readonly attentionNorm: Norm;
  readonly crossAttention: MultiHead<SeparateProjections>;
  readonly crossAttentionNorm: Norm;
  readonly feedForward: FeedForward;
  readonly feedForwardNorm: Norm;
}

/** What a decoder reads of the encoder: `[tokens, hiddenSize]`, where its sequences lie, and what of them may be seen. */
export interface Memory extends Omit<SelfMask, 'past' | 'only'> {
  readonly states: Tensor;
  readonly offsets: Offsets;
}

/** The same, when its keys and values were stored by {@link DecoderBlock.remember}. */
export interface Remembered {
  readonly past: Past;
  /** See `AttentionOptions.bias`. */
  readonly bias?: Tensor;
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
  *forward(
    run: Run,
    input: Tensor,
    mask: Omit<SelfMask, 'only'>,
    memory: Memory | Remembered,
  ): Steps<Tensor> {
    const { attention, attentionNorm, crossAttentionNorm, feedForward, feedForwardNorm } = this.#parts;
    const x = yield* observe(run, `${this.#name}.residual.before`, input);
    const attended = yield* this.#half(run, 'attention', attentionNorm, x, (normed, residual) =>
      attention.forward(run, normed, { ...mask, residual }),
    );
    const between = yield* observe(run, `${this.#name}.residual.between`, attended);
    const informed = yield* this.#half(
      run,
      'crossAttention',
      crossAttentionNorm,
      between,
      (query, residual) => this.#consult(run, query, residual, memory),
    );
    const middle = yield* observe(run, `${this.#name}.residual.middle`, informed);
    const fed = yield* this.#half(run, 'feedForward', feedForwardNorm, middle, (normed, residual) =>
      feedForward.forward(run, normed, residual),
    );
    return yield* observe(run, `${this.#name}.residual.after`, fed);
  }

  /** Stores the keys and values of the encoder's output, whose sequences lie where `run.offsets` says. */
  remember(run: Run, states: Tensor, past: Past): Steps<void> {
    return this.#parts.crossAttention.remember(run, states, past);
  }

  #consult(run: Run, query: Tensor, residual: Tensor, memory: Memory | Remembered): Steps<Tensor> {
    const { crossAttention } = this.#parts;
    if ('past' in memory) return crossAttention.recall(run, { query, residual, ...memory });
    const { states, offsets, ...seen } = memory;
    return crossAttention.forward(run, { query, key: states, keyOffsets: offsets, ...seen, residual });
  }

  /** One part with its residual connection and its norm, which stands before or after. */
  *#half(
    run: Run,
    part: 'attention' | 'crossAttention' | 'feedForward',
    norm: Norm,
    x: Tensor,
    body: (normed: Tensor, residual: Tensor) => Steps<Tensor>,
  ): Steps<Tensor> {
    const name = `${this.#name}.${part}.norm`;
    if (this.#normFirst) return yield* body(yield* observe(run, name, norm.forward(run.backend, x)), x);
    return yield* observe(run, name, norm.forward(run.backend, yield* body(x, x)));
  }
}
