import type { Tensor } from '../../backend/backend.ts';
import type { MultiHead, SelfAttentionInputs } from '../attention/multi-head.ts';
import type { FeedForwardLayer } from '../modules/feed-forward.ts';
import type { Norm } from '../modules/norm.ts';
import type { Steps } from '../run/forward.ts';
import { type ForwardContext, observe, selectRows } from '../run/forward.ts';

/** The layers of a {@link ResidualBlock}. Absent norms change nothing. */
export interface ResidualBlockParts {
  readonly attention: MultiHead;
  readonly feedForward: FeedForwardLayer;
  /** Norm of the attention's input. */
  readonly attentionNorm: Norm | undefined;
  /** Norm of the attention's output, before it is added to the residual stream (Gemma 2, OLMo 2). */
  readonly attentionOutputNorm: Norm | undefined;
  /** Norm of the feed-forward network's input. In a parallel block without it, that of the attention serves both. */
  readonly feedForwardNorm: Norm | undefined;
  readonly feedForwardOutputNorm: Norm | undefined;
  /** Whether both sub-layers read the block's input: x + attention(norm(x)) + feedForward(norm(x)) (Wang & Komatsuzaki 2021; GPT-J). */
  readonly parallel: boolean;
  /** Factor of what the sub-layers add to the residual stream (Granite). */
  readonly residualScale: number | undefined;
}

/**
 * One layer of a decoder-only model that differs from a pre-norm `TransformerBlock`: parallel sub-layers, norms of their outputs (sandwich norms,
 * Ding et al. 2021, https://arxiv.org/abs/2105.13290) or a factor on the residual connections.
 *
 * Activations: `<name>.residual.{before,middle,after}` (no `middle` in parallel blocks), `<name>.attention.…`, `<name>.feedForward.…`, with
 * `….norm` of the sub-layer's input and `….outputNorm` of its output, where there are such norms.
 */
export class ResidualBlock {
  readonly #name: string;
  readonly #parts: ResidualBlockParts;

  constructor(name: string, parts: ResidualBlockParts) {
    this.#name = name;
    this.#parts = parts;
  }

  /** `[tokens, hiddenSize]` → `[tokens, hiddenSize]`, or only of the rows in `inputs.queryRows`. */
  *forward(ctx: ForwardContext, input: Tensor, inputs: SelfAttentionInputs = {}): Steps<Tensor> {
    const { backend } = ctx;
    const name = this.#name;
    const { attention, feedForward, parallel, attentionOutputNorm, feedForwardOutputNorm } = this.#parts;
    const x = yield* observe(ctx, `${name}.residual.before`, input);
    const query = yield* this.#normed(ctx, 'attention', this.#parts.attentionNorm, x);
    const rows = (all: Tensor) => (inputs.queryRows ? selectRows(backend, all, inputs.queryRows.rows) : all);
    const residual = rows(x);
    const attended = yield* this.#added(ctx, 'attention', attentionOutputNorm, residual, (added) =>
      attention.forward(ctx, { query, ...(added && { residual: added }), ...inputs }),
    );
    const middle = parallel ? attended : yield* observe(ctx, `${name}.residual.middle`, attended);
    const hidden =
      parallel && !this.#parts.feedForwardNorm
        ? rows(query)
        : yield* this.#normed(ctx, 'feedForward', this.#parts.feedForwardNorm, parallel ? residual : middle);
    const output = yield* this.#added(ctx, 'feedForward', feedForwardOutputNorm, middle, (added) =>
      feedForward.forward(ctx, hidden, added),
    );
    return yield* observe(ctx, `${name}.residual.after`, output);
  }

  *#normed(
    ctx: ForwardContext,
    part: 'attention' | 'feedForward',
    norm: Norm | undefined,
    x: Tensor,
  ): Steps<Tensor> {
    if (!norm) return x;
    return yield* observe(ctx, `${this.#name}.${part}.norm`, norm.forward(ctx.backend, x));
  }

  /** residual + scale · norm(f()). Without norm and scale, `f` adds the residual itself, which is one operation less. */
  *#added(
    ctx: ForwardContext,
    part: 'attention' | 'feedForward',
    norm: Norm | undefined,
    residual: Tensor,
    f: (residual: Tensor | undefined) => Steps<Tensor>,
  ): Steps<Tensor> {
    const { residualScale } = this.#parts;
    if (!norm && residualScale === undefined) return yield* f(residual);
    const { backend } = ctx;
    let y = yield* f(undefined);
    if (norm) y = yield* observe(ctx, `${this.#name}.${part}.outputNorm`, norm.forward(backend, y));
    if (residualScale !== undefined) y = backend.scale(y, residualScale);
    return backend.add(y, residual);
  }
}
