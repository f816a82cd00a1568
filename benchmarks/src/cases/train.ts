import { Random } from '@headwise/operation-cases';
import { decoderFlops, decoderShapes, type Gpt2Config, randomDecoderWeights } from './decoders.ts';

/** A tensor of a state dict. */
export interface Values {
  readonly data: Float32Array;
  readonly shape: readonly number[];
}

/**
 * What a run computes, always on the same batch: the loss; the loss and the gradients of all weights; or these and a step of the optimiser.
 */
export type TrainPass = 'forward' | 'backward' | 'step';

interface TrainWorkOf<Model> {
  readonly kind: 'train';
  readonly dtype: 'f32';
  readonly model: Model;
  readonly pass: TrainPass;
  /** Initial weights, by PyTorch's or Hugging Face's names. */
  readonly weights: ReadonlyMap<string, Values>;
  /** Class of each row of the logits. The loss is the mean cross entropy. */
  readonly labels: Int32Array;
}

/** Linear layers with biases, and ReLU between them: a `Sequential`. Trained by SGD. */
export interface MlpWork extends TrainWorkOf<'mlp'> {
  /** Features of the input and of every layer. */
  readonly sizes: readonly number[];
  /** `[batch, sizes[0]]` */
  readonly x: Float32Array;
}

/** A GPT-2 on sequences of its context length. Trained by AdamW. */
export interface GptWork extends TrainWorkOf<'gpt'> {
  readonly config: Gpt2Config;
  readonly batch: number;
  /** `[batch, length]` */
  readonly ids: Int32Array;
}

/**
 * The recurrent encoder–decoder `Seq2Seq` with LSTM cells and dot-product attention, teacher-forced on pairs of equal lengths. Embeddings are as
 * wide as the states. Trained by Adam.
 */
export interface Seq2SeqWork extends TrainWorkOf<'seq2seq'> {
  readonly vocab: number;
  readonly hidden: number;
  readonly batch: number;
  /** `[batch, length]` */
  readonly sources: Int32Array;
  /** Inputs of the decoder: the begin token, and the labels without the last. `[batch, length]` */
  readonly inputs: Int32Array;
}

export type TrainWork = MlpWork | GptWork | Seq2SeqWork;

/** The optimisers, with PyTorch's defaults otherwise. */
export const trainOptimizers = {
  mlp: { learningRate: 0.1 },
  gpt: { learningRate: 1e-3, weightDecay: 0.01 },
  seq2seq: { learningRate: 1e-3, weightDecay: 0 },
} as const;
/** Adam's decay rates and the term of its denominator. */
export const adam = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const;

/** Draws weights that are uniform within 1/√fanIn, as PyTorch's layers do. */
class Weights {
  readonly tensors = new Map<string, Values>();
  readonly #random: Random;

  constructor(seed: number) {
    this.#random = new Random(seed);
  }

  add(name: string, limit: number, ...shape: readonly number[]): void {
    const size = shape.reduce((product, dim) => product * dim, 1);
    this.tensors.set(name, { data: this.#random.values(size, limit), shape });
  }

  linear(name: string, from: number, to: number): void {
    this.add(`${name}.weight`, 1 / Math.sqrt(from), to, from);
    this.add(`${name}.bias`, 1 / Math.sqrt(from), to);
  }

  lstm(name: string, from: number, hidden: number): void {
    for (const [kind, width] of [['ih', from] as const, ['hh', hidden] as const]) {
      this.add(`${name}.weight_${kind}_l0`, 1 / Math.sqrt(hidden), 4 * hidden, width);
      this.add(`${name}.bias_${kind}_l0`, 1 / Math.sqrt(hidden), 4 * hidden);
    }
  }
}

export function mlpWork(sizes: readonly number[], batch: number): MlpWork {
  const [random, weights] = [new Random(1), new Weights(2)];
  for (const [i, from] of sizes.slice(0, -1).entries()) weights.linear(`${2 * i}`, from, sizes[i + 1]!);
  const labels = random.integers(batch, 0, sizes.at(-1)! - 1);
  const x = random.values(batch * sizes[0]!, 0.5, 0.5);
  return {
    kind: 'train',
    dtype: 'f32',
    model: 'mlp',
    pass: 'step',
    weights: weights.tensors,
    labels,
    sizes,
    x,
  };
}

export function gptWork(config: Gpt2Config, batch: number, pass: TrainPass): GptWork {
  const length = config.n_positions;
  const random = new Random(1);
  const shapes = decoderShapes(config);
  const weights = [...randomDecoderWeights(config, 2)].map(([name, data]) => {
    return [name, { data, shape: shapes.get(name)! }] as const;
  });
  const [ids, labels] = [0, 1].map(() => random.integers(batch * length, 0, config.vocab_size - 1));
  const train = { kind: 'train', dtype: 'f32', model: 'gpt', pass, weights: new Map(weights) } as const;
  return { ...train, labels: labels!, config, batch, ids: ids! };
}

export function seq2SeqWork(hidden: number, vocab: number, batch: number, length: number): Seq2SeqWork {
  const [random, weights] = [new Random(1), new Weights(2)];
  weights.add('encoder.embedding.weight', 1, vocab, hidden);
  weights.lstm('encoder.rnn', hidden, hidden);
  weights.add('decoder.embedding.weight', 1, vocab, hidden);
  weights.lstm('decoder.rnn', 2 * hidden, hidden);
  weights.linear('decoder.out', hidden, vocab);
  const [sources, labels] = [0, 1].map(() => random.integers(batch * length, 2, vocab - 1));
  const inputs = labels!.map((_, i) => (i % length === 0 ? beginToken : labels![i - 1]!));
  const train = {
    kind: 'train',
    dtype: 'f32',
    model: 'seq2seq',
    pass: 'step',
    weights: weights.tensors,
  } as const;
  return { ...train, labels: labels!, vocab, hidden, batch, sources: sources!, inputs };
}

/** The decoder's first input. */
export const beginToken = 0;

export const mlpSizes: readonly number[] = [784, 1024, 256, 10];

/** A GPT of 2.7 million weights on bytes. */
export const trainedGpt: Gpt2Config = {
  model_type: 'gpt2',
  vocab_size: 256,
  n_positions: 128,
  n_embd: 192,
  n_layer: 6,
  n_head: 6,
  activation_function: 'gelu_new',
  layer_norm_epsilon: 1e-5,
};

export const passNames: Readonly<Record<TrainPass, string>> = {
  forward: 'forward',
  backward: 'forward and backward',
  step: 'step',
};

/** Values of each gradient that are compared, and the times that each loss is. */
export const sampleSize = 64;

/** Forward passes that a run is worth in matrix products: the gradients of a product are two of its size. */
const passes = (pass: TrainPass) => (pass === 'forward' ? 1 : 3);

/** Floating-point operations of the matrix products of a step. The gradient of the input is not needed. */
export function mlpFlops(sizes: readonly number[], batch: number): number {
  const products = sizes.slice(1).map((to, i) => 2 * batch * sizes[i]! * to);
  return passes('step') * products.reduce((sum, each) => sum + each, 0) - products[0]!;
}

export function gptFlops(config: Gpt2Config, batch: number, pass: TrainPass): number {
  const { n_positions: length, vocab_size: vocab, n_embd: hidden } = config;
  // `decoderFlops` counts the logits of the last token.
  return passes(pass) * batch * (decoderFlops(config, length, 0) + 2 * (length - 1) * vocab * hidden);
}

export function seq2SeqFlops(hidden: number, vocab: number, batch: number, length: number): number {
  // The encoder's gates are of a token and a state, the decoder's of a context, too.
  const gates = (2 + 3) * hidden * 4 * hidden;
  return passes('step') * 2 * batch * length * (gates + 2 * length * hidden + hidden * vocab);
}
