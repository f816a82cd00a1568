import type { ActivationName, LinearWeights, Tensor } from '../../backend/backend.ts';
import type { WeightLoader } from '../load/weight-loader.ts';
import { addToResidual, type ForwardContext, observe } from '../run/forward-context.ts';
import { type IndexRange, shardRange } from '../run/shard.ts';
import type { Steps } from '../run/steps.ts';

export interface FeedForwardOptions {
  hiddenSize: number;
  intermediateSize: number;
  activation: ActivationName;
  /** Whether the layers have biases. Default true. */
  biases?: boolean;
  /** Whether the first layer is `sensitive`; see `LinearSource`. Default false. */
  sensitive?: boolean;
  /** Names of the layers in the checkpoint. With `gate` the network is gated. */
  names: { gate?: string; up: string; down: string };
}

/** What a shard holds of the hidden units. */
interface Units extends IndexRange {
  readonly of: number;
}

/**
 * The position-wise feed-forward network (Vaswani et al. 2017, §3.3) with its residual connection: the second half of a block. Its
 * hidden units are activation(up(x)), or gated activation(gate(x)) · up(x) (Shazeer 2020; with SiLU it is SwiGLU). A shard holds its share
 * of them.
 */
export class FeedForward {
  readonly #name: string;
  readonly #activation: ActivationName;
  readonly #gated: boolean;
  /** Of a gated network the gate's units and then the others'. Absent in a shard without units. */
  readonly #up: LinearWeights | undefined;
  readonly #down: LinearWeights | undefined;
  readonly #units: Units;

  private constructor(
    name: string,
    { activation, names }: FeedForwardOptions,
    units: Units,
    weights?: { up: LinearWeights; down: LinearWeights },
  ) {
    this.#name = name;
    this.#activation = activation;
    this.#gated = names.gate !== undefined;
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
    const first = names.gate === undefined ? [names.up] : [names.gate, names.up];
    const up = await loader.linear({
      parts: first.map((layer) => ({
        name: layer,
        outFeatures: intermediateSize,
        rows: { from, to },
        bias: biases ? 'own' : 'none',
      })),
      inFeatures: hiddenSize,
      sensitive: options.sensitive ?? false,
    });
    // The bias counts once: it belongs to whoever has the first unit.
    const owned = from === 0 ? 'own' : 'elsewhere';
    const down = await loader.linear({
      parts: [{ name: names.down, outFeatures: hiddenSize, bias: biases ? owned : 'none' }],
      inFeatures: intermediateSize,
      columns: { from, to },
    });
    return new FeedForward(name, options, units, { up, down });
  }

  /** residual + down(hidden units of x): `[tokens, hiddenSize]` → the same. `residual` is x itself unless x is normalised first. */
  *forward(ctx: ForwardContext, x: Tensor, residual: Tensor = x): Steps<Tensor> {
    const { backend } = ctx;
    let hidden: Tensor | undefined;
    if (this.#up) {
      const activation = this.#activation;
      hidden = this.#gated
        ? backend.gate(backend.linear(x, this.#up), activation)
        : backend.linear(x, this.#up, { activation });
      hidden = yield* observe(ctx, `${this.#name}.hidden`, hidden, { ...this.#units, axis: 1 });
    }
    return yield* addToResidual(ctx, `${this.#name}.output`, residual, (added) =>
      hidden && this.#down
        ? backend.linear(hidden, this.#down, added ? { residual: added } : {})
        : (added ?? backend.zeros(x.shape)),
    );
  }
}
