import type { LinearWeights, Tensor } from '../backend/backend.ts';
import { attend, type OwnHeads } from './attend.ts';
import type { Parameters } from './parameters.ts';
import { addToResidual, type Run } from './run.ts';
import { share } from './shard.ts';
import type { Steps } from './steps.ts';

export interface SelfAttentionOptions {
  hiddenSize: number;
  heads: number;
  /** Names of the layers in the checkpoint. */
  names: { query: string; key: string; value: string; output: string };
}

/**
 * Multi-head self-attention (Vaswani et al. 2017, §3.2.2) with its residual connection: the first half of a block. A shard holds
 * the projections of its own heads and the columns of the output projection that they feed.
 */
export class SelfAttention {
  readonly #name: string;
  /** Queries, keys and values of the own heads in one matmul; absent without heads. */
  readonly #projection: LinearWeights | undefined;
  readonly #output: LinearWeights | undefined;
  readonly #own: OwnHeads;

  private constructor(
    name: string,
    projection: LinearWeights | undefined,
    output: LinearWeights | undefined,
    own: OwnHeads,
  ) {
    this.#name = name;
    this.#projection = projection;
    this.#output = output;
    this.#own = own;
  }

  static async load(
    parameters: Parameters,
    name: string,
    options: SelfAttentionOptions,
  ): Promise<SelfAttention> {
    const { hiddenSize, heads, names } = options;
    const headDim = hiddenSize / heads;
    const { from, to } = share(heads, parameters.shard);
    const own: OwnHeads = { from, to, of: heads };
    if (from === to) {
      parameters.leave(Object.values(names));
      return new SelfAttention(name, undefined, undefined, own);
    }
    const features = { from: from * headDim, to: to * headDim };
    const sizes = { inFeatures: hiddenSize, outFeatures: hiddenSize };
    const projection = await parameters.linear({
      names: [names.query, names.key, names.value],
      ...sizes,
      rows: features,
    });
    const output = await parameters.linear({
      names: [names.output],
      ...sizes,
      columns: features,
      // The bias counts once: it belongs to whoever has the first head.
      bias: from === 0,
    });
    return new SelfAttention(name, projection, output, own);
  }

  /** x + attention(x): `[tokens, hiddenSize]` → the same. */
  *forward(run: Run, x: Tensor): Steps<Tensor> {
    const { backend, offsets } = run;
    const count = this.#own.to - this.#own.from;
    let context: Tensor | undefined;
    if (this.#projection) {
      const projected = backend.linear(x, this.#projection);
      const width = this.#projection.outFeatures / 3;
      const [q, k, v] = [0, 1, 2].map((i) => backend.columns(projected, i * width, (i + 1) * width)) as [
        Tensor,
        Tensor,
        Tensor,
      ];
      context = yield* attend(run, this.#name, q, k, v, { heads: count, queryOffsets: offsets }, this.#own);
    }
    return yield* addToResidual(run, `${this.#name}.output`, x, (residual) =>
      context && this.#output
        ? backend.linear(context, this.#output, residual ? { residual } : {})
        : (residual ?? backend.zeros(x.shape)),
    );
  }
}
