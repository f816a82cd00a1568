import type { ActivationName, LinearWeights, Tensor } from '../../backend/backend.ts';
import type { LinearLayer, WeightLoader } from '../load/weight-loader.ts';
import type { Steps } from '../run/forward.ts';
import { addToResidual, type ForwardContext, observe, sumOverShards } from '../run/forward.ts';
import { type IndexRange, shardRange } from '../run/shard.ts';

/** The layers in a checkpoint: names, or tensors that several of them may share. With `gate` the network is gated. */
export interface FeedForwardNames {
  readonly gate?: LinearLayer;
  readonly up: LinearLayer;
  readonly down: LinearLayer;
}

/** A sub-layer of a block in the place of a feed-forward network. */
export interface FeedForwardLayer {
  /** f(x) + residual of `[tokens, hiddenSize]`, or f(x) without a residual (undefined). */
  forward(ctx: ForwardContext, x: Tensor, residual: Tensor | undefined): Steps<Tensor>;
}

export interface FeedForwardOptions {
  readonly hiddenSize: number;
  readonly intermediateSize: number;
  readonly activation: ActivationName;
  /** Whether the layers have biases. Default true. */
  readonly biases?: boolean;
  /** See `LinearSource`; for `gate` and `up`. */
  readonly minBits?: 8;
  readonly names: FeedForwardNames;
}

/** The hidden units of a shard: a range of all `of` units. */
interface ShardUnits extends IndexRange {
  readonly of: number;
}

/**
 * The position-wise feed-forward network (Vaswani et al. 2017, https://arxiv.org/abs/1706.03762, §3.3) with its residual connection:
 * residual + down(activation(up(x))), or gated residual + down(activation(gate(x)) · up(x)) (Shazeer 2020, https://arxiv.org/abs/2002.05202;
 * SwiGLU with SiLU). A shard has a range of the hidden units.
 */
export class FeedForward implements FeedForwardLayer {
  readonly #name: string;
  readonly #options: FeedForwardOptions;
  readonly #activation: ActivationName;
  readonly #gated: boolean;
  /** `[intermediateSize, hiddenSize]`; if gated the rows of `gate`, then those of `up`. Absent in a shard without units. */
  readonly #up: LinearWeights | undefined;
  readonly #down: LinearWeights | undefined;
  readonly #units: ShardUnits;

  private constructor(
    name: string,
    options: FeedForwardOptions,
    units: ShardUnits,
    weights?: { up: LinearWeights; down: LinearWeights },
  ) {
    this.#name = name;
    this.#options = options;
    this.#activation = options.activation;
    this.#gated = options.names.gate !== undefined;
    this.#up = weights?.up;
    this.#down = weights?.down;
    this.#units = units;
  }

  static async load(loader: WeightLoader, name: string, options: FeedForwardOptions): Promise<FeedForward> {
    const { hiddenSize, intermediateSize, biases = true, names } = options;
    const { from, to } = shardRange(intermediateSize, loader.shard);
    const units = { from, to, of: intermediateSize };
    if (from === to) {
      loader.skip(Object.values(names));
      return new FeedForward(name, options, units);
    }
    const upLayers = names.gate === undefined ? [names.up] : [names.gate, names.up];
    const up = await loader.linear({
      parts: upLayers.map((layer) => ({
        layer,
        outFeatures: intermediateSize,
        rows: { from, to },
        bias: biases ? 'own' : 'none',
      })),
      inFeatures: hiddenSize,
      ...(options.minBits && { minBits: options.minBits }),
    });
    // Outputs are summed over shards: only the shard with the first unit adds the bias.
    const bias = from === 0 ? 'own' : 'elsewhere';
    const down = await loader.linear({
      parts: [{ layer: names.down, outFeatures: hiddenSize, bias: biases ? bias : 'none' }],
      inFeatures: intermediateSize,
      columns: { from, to },
    });
    return new FeedForward(name, options, units, { up, down });
  }

  /** The same weights under another name of its activations. */
  named(name: string): FeedForward {
    const [up, down] = [this.#up, this.#down];
    return new FeedForward(name, this.#options, this.#units, up && down && { up, down });
  }

  /** `[tokens, hiddenSize]` → the same. `residual` differs from `x` in pre-norm blocks, where `x` is normalised. */
  *forward(ctx: ForwardContext, x: Tensor, residual: Tensor | undefined): Steps<Tensor> {
    const { backend } = ctx;
    let hidden: Tensor | undefined;
    if (this.#up) {
      const activation = this.#activation;
      hidden = this.#gated
        ? backend.gate(backend.linear(x, this.#up), activation)
        : backend.linear(x, this.#up, { activation });
      hidden = yield* observe(ctx, `${this.#name}.hidden`, hidden, { ...this.#units, axis: 1 });
    }
    const project = (added: Tensor | undefined) =>
      hidden && this.#down
        ? backend.linear(hidden, this.#down, added ? { residual: added } : {})
        : (added ?? backend.zeros(x.shape));
    const name = `${this.#name}.output`;
    if (residual) return yield* addToResidual(ctx, name, residual, project);
    return yield* observe(ctx, name, yield* sumOverShards(ctx, project(undefined)));
  }
}
