import type { ActivationName, Backend, LinearWeights, Tensor } from '../../backend/backend.ts';
import type { WeightLoader } from '../load/weight-loader.ts';
import { type ForwardContext, observe } from '../run/forward-context.ts';
import type { Steps } from '../run/steps.ts';
import { LayerNorm } from './layer-norm.ts';

/** How a head is put together and what the checkpoint calls its parts. */
export interface TaskHeadOptions {
  /** Which rows of the last hidden state it reads: each sequence's first, or every token's. */
  over: 'sequences' | 'tokens';
  hiddenSize: number;
  /** A layer before the last: `activation(dense(x))`, normalised if `norm` names a layer norm. */
  dense?: {
    name: string;
    features: number;
    activation: ActivationName;
    norm?: { name: string; epsilon: number };
  };
  /** The last layer. `weight` and `bias` are tensors, for a weight may be another layer's (tied). */
  output: { weight: string; bias?: string; features: number };
}

interface Dense {
  readonly weights: LinearWeights;
  readonly activation: ActivationName;
  readonly norm: LayerNorm | undefined;
}

/**
 * What reads a result off an encoder's last hidden state: a linear layer, often after another one. The heads of all encoders are of
 * this form; see `models/`. Only the first shard holds one, since its work is small against the encoder's.
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

  /** Reads the weights; on another shard than the first there is nothing to read. */
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
        parts: [{ name: dense.name, outFeatures: dense.features }],
        inFeatures: hiddenSize,
      }));
    const norm =
      dense?.norm && (await LayerNorm.load(loader, dense.norm.name, dense.features, dense.norm.epsilon));
    const last = await loader.linearOf(
      output.weight,
      output.bias,
      dense?.features ?? hiddenSize,
      output.features,
    );
    return new TaskHead(over, dense && { weights: weights!, activation: dense.activation, norm }, last);
  }

  /** Logits: `[rows, features]`. */
  *forward(ctx: ForwardContext, hidden: Tensor, rows?: Int32Array): Steps<Tensor> {
    const { backend } = ctx;
    let x = this.#select(backend, ctx, hidden, rows);
    if (this.#dense) {
      const { weights, activation, norm } = this.#dense;
      x = backend.linear(x, weights, { activation });
      if (norm) x = norm.forward(backend, x);
      x = yield* observe(ctx, 'head.hidden', x, 'local');
    }
    return yield* observe(ctx, 'logits', backend.linear(x, this.#output), 'local');
  }

  /** The rows that are asked for. Taking rows out of a matrix is what looking up embeddings does. */
  #select(backend: Backend, ctx: ForwardContext, hidden: Tensor, rows: Int32Array | undefined): Tensor {
    if (this.#over === 'sequences') return backend.embedding(hidden, ctx.offsets.slice(0, -1));
    return rows ? backend.embedding(hidden, rows) : hidden;
  }
}
