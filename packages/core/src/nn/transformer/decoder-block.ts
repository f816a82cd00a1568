import type { Offsets, Tensor } from '../../backend/backend.ts';
import type { PastKeyValues } from '../attention/kv-cache.ts';
import type { MultiHead } from '../attention/multi-head.ts';
import type { SeparateProjections } from '../attention/projections.ts';
import type { SelfAttention } from '../attention/self-attention.ts';
import type { SelfMask } from '../attention/self-mask.ts';
import type { FeedForward } from '../modules/feed-forward.ts';
import type { Norm } from '../modules/norm.ts';
import { type ForwardContext, observe } from '../run/forward-context.ts';
import type { Steps } from '../run/steps.ts';

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

/** The same, when its keys and values were stored by {@link DecoderBlock.cacheCrossAttention}. */
export interface CachedMemory {
  readonly past: PastKeyValues;
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
    ctx: ForwardContext,
    input: Tensor,
    mask: Omit<SelfMask, 'only'>,
    memory: Memory | CachedMemory,
  ): Steps<Tensor> {
    const { attention, attentionNorm, crossAttentionNorm, feedForward, feedForwardNorm } = this.#parts;
    const x = yield* observe(ctx, `${this.#name}.residual.before`, input);
    const attended = yield* this.#half(ctx, 'attention', attentionNorm, x, (normed, residual) =>
      attention.forward(ctx, normed, { ...mask, residual }),
    );
    const between = yield* observe(ctx, `${this.#name}.residual.between`, attended);
    const informed = yield* this.#half(
      ctx,
      'crossAttention',
      crossAttentionNorm,
      between,
      (query, residual) => this.#crossAttend(ctx, query, residual, memory),
    );
    const middle = yield* observe(ctx, `${this.#name}.residual.middle`, informed);
    const fed = yield* this.#half(ctx, 'feedForward', feedForwardNorm, middle, (normed, residual) =>
      feedForward.forward(ctx, normed, residual),
    );
    return yield* observe(ctx, `${this.#name}.residual.after`, fed);
  }

  /** Stores the keys and values of the encoder's output, whose sequences lie where `run.offsets` says. */
  cacheCrossAttention(ctx: ForwardContext, states: Tensor, past: PastKeyValues): Steps<void> {
    return this.#parts.crossAttention.cacheKeyValues(ctx, states, past);
  }

  #crossAttend(
    ctx: ForwardContext,
    query: Tensor,
    residual: Tensor,
    memory: Memory | CachedMemory,
  ): Steps<Tensor> {
    const { crossAttention } = this.#parts;
    if ('past' in memory) return crossAttention.crossAttend(ctx, { query, residual, ...memory });
    const { states, offsets, ...seen } = memory;
    return crossAttention.forward(ctx, { query, key: states, keyOffsets: offsets, ...seen, residual });
  }

  /** One part with its residual connection and its norm, which stands before or after. */
  *#half(
    ctx: ForwardContext,
    part: 'attention' | 'crossAttention' | 'feedForward',
    norm: Norm,
    x: Tensor,
    body: (normed: Tensor, residual: Tensor) => Steps<Tensor>,
  ): Steps<Tensor> {
    const name = `${this.#name}.${part}.norm`;
    if (this.#normFirst) return yield* body(yield* observe(ctx, name, norm.forward(ctx.backend, x)), x);
    return yield* observe(ctx, name, norm.forward(ctx.backend, yield* body(x, x)));
  }
}
