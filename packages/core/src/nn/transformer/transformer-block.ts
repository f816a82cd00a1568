import type { Tensor } from '../../backend/backend.ts';
import type { SelfAttention } from '../attention/self-attention.ts';
import type { SelfMask } from '../attention/self-mask.ts';
import type { FeedForward } from '../modules/feed-forward.ts';
import type { Norm } from '../modules/norm.ts';
import { pickRows } from '../modules/pick-rows.ts';
import { type ForwardContext, observe } from '../run/forward-context.ts';
import type { Steps } from '../run/steps.ts';

/**
 * One layer of an encoder, or of a decoder that reads nothing but its own text: self-attention, then a feed-forward network, each added
 * to its input. What is normalised is the sum (post-norm: Vaswani et al. 2017, BERT), or with `normFirst` each half's input (pre-norm:
 * Xiong et al. 2020, GPT-2).
 */
export class TransformerBlock {
  readonly #name: string;
  readonly #attention: SelfAttention;
  readonly #attentionNorm: Norm;
  readonly #feedForward: FeedForward;
  readonly #feedForwardNorm: Norm;
  readonly #normFirst: boolean;

  constructor(
    name: string,
    attention: SelfAttention,
    attentionNorm: Norm,
    feedForward: FeedForward,
    feedForwardNorm: Norm,
    normFirst = false,
  ) {
    this.#name = name;
    this.#attention = attention;
    this.#attentionNorm = attentionNorm;
    this.#feedForward = feedForward;
    this.#feedForwardNorm = feedForwardNorm;
    this.#normFirst = normFirst;
  }

  /** `[tokens, hiddenSize]` → the same, or of the rows that the mask asks for. */
  *forward(ctx: ForwardContext, input: Tensor, mask: SelfMask = {}): Steps<Tensor> {
    const before = yield* observe(ctx, `${this.#name}.residual.before`, input);
    const middle = yield* observe(
      ctx,
      `${this.#name}.residual.middle`,
      yield* this.#attend(ctx, before, mask),
    );
    return yield* observe(ctx, `${this.#name}.residual.after`, yield* this.#feed(ctx, middle));
  }

  *#attend(ctx: ForwardContext, x: Tensor, mask: SelfMask): Steps<Tensor> {
    const { backend } = ctx;
    const name = `${this.#name}.attention.norm`;
    const residual = mask.only ? pickRows(backend, x, mask.only.rows) : x;
    if (this.#normFirst) {
      const normed = yield* observe(ctx, name, this.#attentionNorm.forward(backend, x));
      return yield* this.#attention.forward(ctx, normed, { ...mask, residual });
    }
    const sum = yield* this.#attention.forward(ctx, x, { ...mask, residual });
    return yield* observe(ctx, name, this.#attentionNorm.forward(backend, sum));
  }

  *#feed(ctx: ForwardContext, x: Tensor): Steps<Tensor> {
    const { backend } = ctx;
    const name = `${this.#name}.feedForward.norm`;
    if (this.#normFirst) {
      const normed = yield* observe(ctx, name, this.#feedForwardNorm.forward(backend, x));
      return yield* this.#feedForward.forward(ctx, normed, x);
    }
    const sum = yield* this.#feedForward.forward(ctx, x);
    return yield* observe(ctx, name, this.#feedForwardNorm.forward(backend, sum));
  }
}
