import type { ActivationName, Backend, LinearWeights, Tensor } from '../../backend/backend.ts';
import type { WeightLoader } from '../load/weight-loader.ts';
import type { Steps } from '../run/forward.ts';
import { type ForwardContext, observe } from '../run/forward.ts';
import { LayerNorm } from './norm.ts';

/** The layers of a head and their names in the checkpoint. */
export interface TaskHeadOptions {
  /** What the head reads of the last hidden state: the first token of each sequence (`[CLS]`), the mean of its tokens, or all tokens. */
  readonly over: 'sequences' | 'means' | 'tokens';
  readonly hiddenSize: number;
  /** A layer before the output layer: `activation(dense(x))`, with a layer norm after it if `norm` is given. */
  readonly dense?: {
    readonly name: string;
    /** Whether the layer has a bias. Default true. */
    readonly bias?: boolean;
    readonly features: number;
    readonly activation: ActivationName;
    /** `bias`: whether the norm has one. Default true. */
    readonly norm?: { readonly name: string; readonly epsilon: number; readonly bias?: boolean };
  };
  /** The output layer, by its tensors: its weight may be the token embeddings (tied). */
  readonly output: { readonly weight: string; readonly bias?: string; readonly features: number };
}

interface Dense {
  readonly weights: LinearWeights;
  readonly activation: ActivationName;
  readonly norm: LayerNorm | undefined;
}

/**
 * A task head of an encoder: output(norm(activation(dense(x)))), where the dense layer is optional. It is not sharded: only the first
 * shard has it.
 *
 * Activations: `head.hidden` `[rows, dense.features]`, `logits` `[rows, output.features]`.
 */
export class TaskHead {
  readonly #over: TaskHeadOptions['over'];
  readonly #dense: Dense | undefined;
  readonly #output: LinearWeights;

  private constructor(over: TaskHeadOptions['over'], dense: Dense | undefined, output: LinearWeights) {
    this.#over = over;
    this.#dense = dense;
    this.#output = output;
  }

  /** Reads the weights. Returns undefined on shards other than the first. */
  static async load(loader: WeightLoader, options: TaskHeadOptions): Promise<TaskHead | undefined> {
    const { over, hiddenSize, dense, output } = options;
    if (loader.shard.index !== 0) {
      if (dense) loader.skip([dense.name, ...(dense.norm ? [dense.norm.name] : [])]);
      loader.skipTensors([output.weight, ...(output.bias === undefined ? [] : [output.bias])]);
      return undefined;
    }
    const weights =
      dense &&
      (await loader.linear({
        parts: [
          { layer: dense.name, outFeatures: dense.features, bias: dense.bias === false ? 'none' : 'own' },
        ],
        inFeatures: hiddenSize,
      }));
    const norm =
      dense?.norm &&
      (await LayerNorm.load(loader, dense.norm.name, dense.features, dense.norm.epsilon, dense.norm.bias));
    const last = await loader.linearOf(
      output.weight,
      output.bias,
      dense?.features ?? hiddenSize,
      output.features,
    );
    return new TaskHead(over, dense && { weights: weights!, activation: dense.activation, norm }, last);
  }

  /**
   * `hidden[tokens, hiddenSize]` → logits: `[sequences, features]` of a head over sequences or their means, else `[tokens, features]`, or of the tokens in `rows`.
   */
  *forward(ctx: ForwardContext, hidden: Tensor, rows?: Int32Array): Steps<Tensor> {
    const { backend } = ctx;
    let x = this.#selectRows(backend, ctx, hidden, rows);
    if (this.#dense) {
      const { weights, activation, norm } = this.#dense;
      x = backend.linear(x, weights, { activation });
      if (norm) x = norm.forward(backend, x);
      x = yield* observe(ctx, 'head.hidden', x, 'local');
    }
    return yield* observe(ctx, 'logits', backend.linear(x, this.#output), 'local');
  }

  #selectRows(backend: Backend, ctx: ForwardContext, hidden: Tensor, rows: Int32Array | undefined): Tensor {
    if (this.#over === 'means') return backend.meanPool(hidden, ctx.offsets);
    if (this.#over === 'sequences') return backend.embedding(hidden, ctx.offsets.slice(0, -1));
    return rows ? backend.embedding(hidden, rows) : hidden;
  }
}
