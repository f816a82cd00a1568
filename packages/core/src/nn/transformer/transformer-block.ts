import type { Tensor } from '../../backend/backend.ts';
import type { MultiHead, SelfAttentionInputs } from '../attention/multi-head.ts';
import type { FeedForward } from '../modules/feed-forward.ts';
import type { Norm } from '../modules/norm.ts';
import type { Steps } from '../run/forward.ts';
import { type ForwardContext, observe, selectRows } from '../run/forward.ts';

/** The layers of a {@link TransformerBlock}. */
export interface TransformerBlockParts {
  readonly attention: MultiHead;
  readonly attentionNorm: Norm;
  readonly feedForward: FeedForward;
  readonly feedForwardNorm: Norm;
}

/**
 * One layer of an encoder or of a decoder-only model: the sub-layers self-attention and feed-forward network, each with a residual
 * connection and a norm. Post-norm normalises the sum (Vaswani et al. 2017, https://arxiv.org/abs/1706.03762; BERT); `normFirst` (pre-norm)
 * normalises the input of each sub-layer (Xiong et al. 2020, https://arxiv.org/abs/2002.04745; GPT-2).
 *
 * Activations: `<name>.residual.{before,middle,after}`, `<name>.attention.…`, `<name>.feedForward.…`.
 */
export class TransformerBlock {
  readonly #name: string;
  readonly #parts: TransformerBlockParts;
  readonly #normFirst: boolean;

  constructor(name: string, parts: TransformerBlockParts, normFirst: boolean) {
    this.#name = name;
    this.#parts = parts;
    this.#normFirst = normFirst;
  }

  /** The same layers under another name of their activations, where blocks share their weights (Lan et al. 2020; ALBERT). */
  named(name: string): TransformerBlock {
    const { attention, feedForward, ...norms } = this.#parts;
    return new TransformerBlock(
      name,
      {
        ...norms,
        attention: attention.named(`${name}.attention`),
        feedForward: feedForward.named(`${name}.feedForward`),
      },
      this.#normFirst,
    );
  }

  /** `[tokens, hiddenSize]` → `[tokens, hiddenSize]`, or only of the rows in `inputs.queryRows`. */
  *forward(ctx: ForwardContext, input: Tensor, inputs: SelfAttentionInputs = {}): Steps<Tensor> {
    const name = this.#name;
    const { attention, attentionNorm, feedForward, feedForwardNorm } = this.#parts;
    const x = yield* observe(ctx, `${name}.residual.before`, input);
    const attended = yield* sublayer(
      ctx,
      `${name}.attention.norm`,
      attentionNorm,
      this.#normFirst,
      x,
      (query) => {
        const residual = inputs.queryRows ? selectRows(ctx.backend, x, inputs.queryRows.rows) : x;
        return attention.forward(ctx, { query, residual, ...inputs });
      },
    );
    const middle = yield* observe(ctx, `${name}.residual.middle`, attended);
    const output = yield* sublayer(
      ctx,
      `${name}.feedForward.norm`,
      feedForwardNorm,
      this.#normFirst,
      middle,
      (hidden) => feedForward.forward(ctx, hidden, middle),
    );
    return yield* observe(ctx, `${name}.residual.after`, output);
  }
}

/**
 * One sub-layer of a block: x + f(norm(x)) if `normFirst`, else norm(x + f(x)). `addToResidual` computes x + f of its argument. `name` is the
 * activation's of the norm's output.
 */
export function* sublayer(
  ctx: ForwardContext,
  name: string,
  norm: Norm,
  normFirst: boolean,
  x: Tensor,
  addToResidual: (input: Tensor) => Steps<Tensor>,
): Steps<Tensor> {
  const { backend } = ctx;
  if (normFirst) return yield* addToResidual(yield* observe(ctx, name, norm.forward(backend, x)));
  return yield* observe(ctx, name, norm.forward(backend, yield* addToResidual(x)));
}
