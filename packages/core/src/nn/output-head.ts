import type { ActivationName, Backend, LinearWeights, Tensor } from '../backend/backend.ts';
import { LayerNorm } from './layer-norm.ts';
import type { Parameters } from './parameters.ts';
import { observe, type Run } from './run.ts';
import type { Steps } from './steps.ts';

/** How a head is put together and what the checkpoint calls its parts. */
export interface OutputHeadOptions {
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
export class OutputHead {
  readonly #over: OutputHeadOptions['over'];
  readonly #dense: Dense | undefined;
  readonly #output: LinearWeights;

  private constructor(over: OutputHeadOptions['over'], dense: Dense | undefined, output: LinearWeights) {
    this.#over = over;
    this.#dense = dense;
    this.#output = output;
  }

  /** Reads the weights; on another shard than the first there is nothing to read. */
  static async load(parameters: Parameters, options: OutputHeadOptions): Promise<OutputHead | undefined> {
    const { over, hiddenSize, dense, output } = options;
    if (parameters.shard.index !== 0) {
      if (dense) parameters.leave([dense.name, ...(dense.norm ? [dense.norm.name] : [])]);
      parameters.leaveTensors([output.weight, ...(output.bias === undefined ? [] : [output.bias])]);
      return undefined;
    }
    const weights =
      dense &&
      (await parameters.linear({
        parts: [{ name: dense.name, outFeatures: dense.features }],
        inFeatures: hiddenSize,
      }));
    const norm =
      dense?.norm && (await LayerNorm.load(parameters, dense.norm.name, dense.features, dense.norm.epsilon));
    const last = await parameters.linearOf(
      output.weight,
      output.bias,
      dense?.features ?? hiddenSize,
      output.features,
    );
    return new OutputHead(over, dense && { weights: weights!, activation: dense.activation, norm }, last);
  }

  /** Logits: `[rows, features]`. */
  *forward(run: Run, hidden: Tensor, rows?: Int32Array): Steps<Tensor> {
    const { backend } = run;
    let x = this.#select(backend, run, hidden, rows);
    if (this.#dense) {
      const { weights, activation, norm } = this.#dense;
      x = backend.linear(x, weights, { activation });
      if (norm) x = norm.forward(backend, x);
      x = yield* observe(run, 'head.hidden', x, 'here');
    }
    return yield* observe(run, 'logits', backend.linear(x, this.#output), 'here');
  }

  /** The rows that are asked for. Taking rows out of a matrix is what looking up embeddings does. */
  #select(backend: Backend, run: Run, hidden: Tensor, rows: Int32Array | undefined): Tensor {
    if (this.#over === 'sequences') return backend.embedding(hidden, run.offsets.slice(0, -1));
    return rows ? backend.embedding(hidden, rows) : hidden;
  }
}
