import type { ActivationName, LinearWeights, Tensor } from '../backend/backend.ts';
import type { Parameters } from './parameters.ts';
import { addToResidual, observe, type Run } from './run.ts';
import { share } from './shard.ts';
import type { Steps } from './steps.ts';

export interface FeedForwardOptions {
  hiddenSize: number;
  intermediateSize: number;
  activation: ActivationName;
  /** Names of the layers in the checkpoint. */
  names: { up: string; down: string };
}

/**
 * The position-wise feed-forward network (Vaswani et al. 2017, §3.3) with its residual connection: the second half of a block. A
 * shard holds its share of the hidden units.
 */
export class FeedForward {
  readonly #name: string;
  readonly #activation: ActivationName;
  readonly #up: LinearWeights | undefined;
  readonly #down: LinearWeights | undefined;
  readonly #units: { from: number; to: number; of: number };

  private constructor(
    name: string,
    activation: ActivationName,
    up: LinearWeights | undefined,
    down: LinearWeights | undefined,
    units: { from: number; to: number; of: number },
  ) {
    this.#name = name;
    this.#activation = activation;
    this.#up = up;
    this.#down = down;
    this.#units = units;
  }

  static async load(parameters: Parameters, name: string, options: FeedForwardOptions): Promise<FeedForward> {
    const { hiddenSize, intermediateSize, activation, names } = options;
    const { from, to } = share(intermediateSize, parameters.shard);
    const units = { from, to, of: intermediateSize };
    if (from === to) {
      parameters.leave(Object.values(names));
      return new FeedForward(name, activation, undefined, undefined, units);
    }
    const up = await parameters.linear({
      names: [names.up],
      inFeatures: hiddenSize,
      outFeatures: intermediateSize,
      rows: { from, to },
    });
    const down = await parameters.linear({
      names: [names.down],
      inFeatures: intermediateSize,
      outFeatures: hiddenSize,
      columns: { from, to },
      // The bias counts once: it belongs to whoever has the first unit.
      bias: from === 0,
    });
    return new FeedForward(name, activation, up, down, units);
  }

  /** residual + down(activation(up(x))): `[tokens, hiddenSize]` → the same. `residual` is x itself unless x is normalised first. */
  *forward(run: Run, x: Tensor, residual: Tensor = x): Steps<Tensor> {
    const { backend } = run;
    let hidden: Tensor | undefined;
    if (this.#up) {
      hidden = backend.linear(x, this.#up, { activation: this.#activation });
      hidden = yield* observe(run, `${this.#name}.hidden`, hidden, { ...this.#units, axis: 1 });
    }
    return yield* addToResidual(run, `${this.#name}.output`, residual, (added) =>
      hidden && this.#down
        ? backend.linear(hidden, this.#down, added ? { residual: added } : {})
        : (added ?? backend.zeros(x.shape)),
    );
  }
}
