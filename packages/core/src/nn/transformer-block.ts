import type { Tensor } from '../backend/backend.ts';
import type { QueryRows } from './attention/multi-head.ts';
import type { Past } from './cache.ts';
import type { FeedForward } from './feed-forward.ts';
import type { Norm } from './norm.ts';
import { pickRows } from './pick-rows.ts';
import { observe, type Run } from './run.ts';
import type { SelfAttention } from './self-attention.ts';
import type { Steps } from './steps.ts';

/** What a block's self-attention may see; see `AttentionOptions`. */
export interface SelfMask {
  readonly causal?: boolean;
  readonly bias?: Tensor;
  /** What was read before, if there is a cache of it; the new tokens' keys and values go there too. */
  readonly past?: Past;
  /** The tokens whose residual stream is wanted afterwards. Default: all. */
  readonly only?: QueryRows;
}

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
  *forward(run: Run, input: Tensor, mask: SelfMask = {}): Steps<Tensor> {
    const before = yield* observe(run, `${this.#name}.residual.before`, input);
    const middle = yield* observe(
      run,
      `${this.#name}.residual.middle`,
      yield* this.#attend(run, before, mask),
    );
    return yield* observe(run, `${this.#name}.residual.after`, yield* this.#feed(run, middle));
  }

  *#attend(run: Run, x: Tensor, mask: SelfMask): Steps<Tensor> {
    const { backend } = run;
    const name = `${this.#name}.attention.norm`;
    const residual = mask.only ? pickRows(backend, x, mask.only.rows) : x;
    if (this.#normFirst) {
      const normed = yield* observe(run, name, this.#attentionNorm.forward(backend, x));
      return yield* this.#attention.forward(run, normed, { ...mask, residual });
    }
    const sum = yield* this.#attention.forward(run, x, { ...mask, residual });
    return yield* observe(run, name, this.#attentionNorm.forward(backend, sum));
  }

  *#feed(run: Run, x: Tensor): Steps<Tensor> {
    const { backend } = run;
    const name = `${this.#name}.feedForward.norm`;
    if (this.#normFirst) {
      const normed = yield* observe(run, name, this.#feedForwardNorm.forward(backend, x));
      return yield* this.#feedForward.forward(run, normed, x);
    }
    const sum = yield* this.#feedForward.forward(run, x);
    return yield* observe(run, name, this.#feedForwardNorm.forward(backend, sum));
  }
}
