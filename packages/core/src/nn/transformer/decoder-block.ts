import type { Offsets, Tensor } from '../../backend/backend.ts';
import type { MultiHead, SelfAttentionInputs, SeparateProjections } from '../attention/multi-head.ts';
import type { PastKeyValues } from '../attention/past-key-values.ts';
import type { Norm } from '../modules/norm.ts';
import type { Steps } from '../run/forward.ts';
import { type ForwardContext, observe } from '../run/forward.ts';
import { sublayer, type TransformerBlockParts } from './transformer-block.ts';

/** The layers of a {@link DecoderBlock}. */
export interface DecoderBlockParts extends TransformerBlockParts {
  readonly crossAttention: MultiHead<SeparateProjections>;
  readonly crossAttentionNorm: Norm;
}

/** The encoder's output `[tokens, hiddenSize]` with the offsets of its sequences, and masks of the cross-attention to it. */
export interface Memory extends Pick<SelfAttentionInputs, 'causal' | 'queryStarts' | 'bias'> {
  readonly states: Tensor;
  readonly offsets: Offsets;
}

/** {@link Memory} whose keys and values were stored by {@link DecoderBlock.cacheCrossAttention}. */
export interface CachedMemory {
  readonly past: PastKeyValues;
  /** See `AttentionOptions.bias`. */
  readonly bias?: Tensor;
}

/**
 * One layer of the decoder of an encoder–decoder (Vaswani et al. 2017, https://arxiv.org/abs/1706.03762, §3.1): self-attention,
 * cross-attention to the encoder's output, and a feed-forward network, each with a residual connection and a norm, post-norm or with
 * `normFirst` pre-norm.
 *
 * Activations: `<name>.residual.{before,between,middle,after}`, `<name>.attention.…`, `<name>.crossAttention.…`, `<name>.feedForward.…`.
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
    inputs: Omit<SelfAttentionInputs, 'queryRows'>,
    memory: Memory | CachedMemory,
  ): Steps<Tensor> {
    const name = this.#name;
    const { attention, attentionNorm, crossAttentionNorm, feedForward, feedForwardNorm } = this.#parts;
    const x = yield* observe(ctx, `${name}.residual.before`, input);
    const attended = yield* this.#sublayer(ctx, 'attention', attentionNorm, x, (query) =>
      attention.forward(ctx, { query, residual: x, ...inputs }),
    );
    const between = yield* observe(ctx, `${name}.residual.between`, attended);
    const crossAttended = yield* this.#sublayer(ctx, 'crossAttention', crossAttentionNorm, between, (query) =>
      this.#crossAttend(ctx, query, between, memory),
    );
    const middle = yield* observe(ctx, `${name}.residual.middle`, crossAttended);
    const output = yield* this.#sublayer(ctx, 'feedForward', feedForwardNorm, middle, (hidden) =>
      feedForward.forward(ctx, hidden, middle),
    );
    return yield* observe(ctx, `${name}.residual.after`, output);
  }

  /** Projects and stores the keys and values of the encoder's output, whose sequences `ctx.offsets` delimits. */
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
    const { states, offsets, ...masks } = memory;
    return crossAttention.forward(ctx, { query, key: states, keyOffsets: offsets, ...masks, residual });
  }

  #sublayer(
    ctx: ForwardContext,
    part: 'attention' | 'crossAttention' | 'feedForward',
    norm: Norm,
    x: Tensor,
    addToResidual: (input: Tensor) => Steps<Tensor>,
  ): Steps<Tensor> {
    return sublayer(ctx, `${this.#name}.${part}.norm`, norm, this.#normFirst, x, addToResidual);
  }
}
