import type { Tensor } from '../backend/backend.ts';
import type { FeedForward } from './feed-forward.ts';
import type { LayerNorm } from './layer-norm.ts';
import { observe, type Run } from './run.ts';
import type { SelfAttention } from './self-attention.ts';
import type { Steps } from './steps.ts';

/**
 * One layer of a transformer encoder: attention, then a feed-forward network, each added to its input and normalised after
 * (post-norm, as in Vaswani et al. 2017 and BERT).
 */
export class EncoderBlock {
  readonly #name: string;
  readonly #attention: SelfAttention;
  readonly #attentionNorm: LayerNorm;
  readonly #feedForward: FeedForward;
  readonly #feedForwardNorm: LayerNorm;

  constructor(
    name: string,
    attention: SelfAttention,
    attentionNorm: LayerNorm,
    feedForward: FeedForward,
    feedForwardNorm: LayerNorm,
  ) {
    this.#name = name;
    this.#attention = attention;
    this.#attentionNorm = attentionNorm;
    this.#feedForward = feedForward;
    this.#feedForwardNorm = feedForwardNorm;
  }

  /** `[tokens, hiddenSize]` → the same. */
  *forward(run: Run, input: Tensor): Steps<Tensor> {
    const { backend } = run;
    const x = yield* observe(run, `${this.#name}.residual.before`, input);
    const attended = this.#attentionNorm.forward(backend, yield* this.#attention.forward(run, x));
    const middle = yield* observe(run, `${this.#name}.residual.middle`, attended);
    const fed = this.#feedForwardNorm.forward(backend, yield* this.#feedForward.forward(run, middle));
    return yield* observe(run, `${this.#name}.residual.after`, fed);
  }
}
