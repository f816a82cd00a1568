import type { GptWork, MlpWork, Seq2SeqWork, TrainWork, Values } from '../../cases/train.ts';
import { type ArrayOperations, lstmCell } from '../arrays.ts';

/** Operations of a peer that training uses beside those of inference. */
export interface TrainOperations<T> extends ArrayOperations<T> {
  reshape(x: T, shape: readonly number[]): T;
  transpose(x: T, axes: readonly number[]): T;
  /** The parts along the first axis, and their inverse along any. */
  unstack(x: T): readonly T[];
  stack(parts: readonly T[], axis: number): T;
  relu(x: T): T;
  /** The approximation by tanh. */
  gelu(x: T): T;
  div(x: T, y: T): T;
  addNumber(x: T, y: number): T;
  sqrt(x: T): T;
  /** Mean cross entropy of logits and one-hot labels, both `[rows, classes]`: one value. */
  crossEntropy(logits: T, labels: T): T;
}

/** Arrays by name. */
export type Named<T> = Readonly<Record<string, T>>;

/** A peer's weights hold `parts` equal ranges of a weight's columns, each transposed or not. */
interface Layout {
  readonly parts: number;
  readonly transposed: boolean;
}

/**
 * Peers multiply by `[inFeatures, outFeatures]`. Queries, keys and values of GPT-2, and the decoder's weights for token and context, are
 * separate: that is faster than to split activations.
 */
function layoutOf({ model }: TrainWork, name: string): Layout {
  if (model === 'gpt') return { parts: name.includes('c_attn') ? 3 : 1, transposed: false };
  const transposed = name.includes('.weight') && !name.includes('embedding');
  return { parts: name === 'decoder.rnn.weight_ih_l0' ? 2 : 1, transposed };
}

function columnsOf({ shape }: Values): readonly [rows: number, columns: number] {
  return shape.length === 1 ? [1, shape[0]!] : [shape[0]!, shape[1]!];
}

/** The peers' arrays of a work's weights. */
export function peerWeights(work: TrainWork): Record<string, Values> {
  const arrays: Record<string, Values> = {};
  for (const [name, weight] of work.weights) {
    const { parts, transposed } = layoutOf(work, name);
    const [rows, columns] = columnsOf(weight);
    const width = columns / parts;
    for (let part = 0; part < parts; part++) {
      const data = Float32Array.from({ length: rows * width }, (_, i) => {
        const [row, column] = transposed
          ? [i % rows, Math.floor(i / rows)]
          : [Math.floor(i / width), i % width];
        return weight.data[row * columns + part * width + column]!;
      });
      const shape = transposed ? [width, rows] : weight.shape.length === 1 ? [width] : [rows, width];
      arrays[`${name}/${part}`] = { data, shape };
    }
  }
  return arrays;
}

/** Values of a weight, or its gradient, from the peers' arrays: the inverse of {@link peerWeights}. */
export function fromPeer(work: TrainWork, name: string, read: (key: string) => Float32Array): Float32Array {
  const { parts, transposed } = layoutOf(work, name);
  const [rows, columns] = columnsOf(work.weights.get(name)!);
  const width = columns / parts;
  const arrays = Array.from({ length: parts }, (_, part) => read(`${name}/${part}`));
  return Float32Array.from({ length: rows * columns }, (_, i) => {
    const [row, column] = [Math.floor(i / columns), i % columns];
    const [part, within] = [Math.floor(column / width), column % width];
    return arrays[part]![transposed ? within * rows + row : row * width + within]!;
  });
}

/** `[rows, classes]` with a one in each row. Peers have no gradient of a gather that is faster than that of a product. */
function oneHot(ids: Int32Array, classes: number): Values {
  const data = new Float32Array(ids.length * classes);
  for (const [row, id] of ids.entries()) data[row * classes + id] = 1;
  return { data, shape: [ids.length, classes] };
}

/** `[batch, length]` to `[length, batch]`. */
function timeMajor(ids: Int32Array, batch: number): Int32Array {
  const length = ids.length / batch;
  return ids.map((_, i) => ids[(i % batch) * length + Math.floor(i / batch)]!);
}

/** The inputs of a run of a work. */
export function batchOf(work: TrainWork): Named<Values> {
  switch (work.model) {
    case 'mlp':
      return {
        x: { data: work.x, shape: [work.labels.length, work.sizes[0]!] },
        labels: oneHot(work.labels, work.sizes.at(-1)!),
      };
    case 'gpt': {
      const length = work.ids.length / work.batch;
      const mask = new Float32Array(length * length);
      for (let i = 0; i < length; i++) mask.fill(-1e9, i * length + i + 1, (i + 1) * length);
      const { vocab_size: vocab } = work.config;
      return {
        ids: oneHot(work.ids, vocab),
        labels: oneHot(work.labels, vocab),
        mask: { data: mask, shape: [length, length] },
      };
    }
    case 'seq2seq': {
      const { batch, vocab } = work;
      const [sources, inputs, labels] = [work.sources, work.inputs, work.labels].map((ids) =>
        oneHot(timeMajor(ids, batch), vocab),
      );
      return { sources: sources!, inputs: inputs!, labels: labels! };
    }
  }
}

/** The loss of a work's model, from its weights and inputs. */
export function lossOf<T>(work: TrainWork, on: TrainOperations<T>, weights: Named<T>, batch: Named<T>): T {
  const weight = (name: string, part = 0) => weights[`${name}/${part}`]!;
  const model = { on, weight, batch };
  if (work.model === 'mlp') return mlpLoss(work, model);
  return work.model === 'gpt' ? gptLoss(work, model) : seq2SeqLoss(work, model);
}

interface Model<T> {
  readonly on: TrainOperations<T>;
  readonly batch: Named<T>;
  weight(name: string, part?: number): T;
}

function linear<T>({ on, weight }: Model<T>, x: T, name: string, part = 0): T {
  return on.add(on.matmul(x, weight(`${name}.weight`, part)), weight(`${name}.bias`, part));
}

function mlpLoss<T>({ sizes }: MlpWork, model: Model<T>): T {
  const { on, batch } = model;
  let x = batch.x as T;
  for (let i = 0; i < sizes.length - 1; i++) {
    if (i > 0) x = on.relu(x);
    x = linear(model, x, `${2 * i}`);
  }
  return on.crossEntropy(x, batch.labels!);
}

function gptLoss<T>({ config, batch: texts, ids }: GptWork, model: Model<T>): T {
  const { on, weight, batch } = model;
  const { n_embd: hidden, n_head: heads, layer_norm_epsilon: epsilon } = config;
  const [tokens, length] = [ids.length, ids.length / texts];
  const size = hidden / heads;
  const norm = (x: T, name: string) =>
    on.layerNorm(x, weight(`${name}.weight`), weight(`${name}.bias`), epsilon);
  const attend = (x: T, name: string) => {
    const [q, k, v] = [0, 1, 2].map((part) =>
      on.reshape(linear(model, x, `${name}.c_attn`, part), [texts, length, heads, size]),
    );
    const keys = on.transpose(k!, [0, 2, 3, 1]);
    const scores = on.scale(on.matmul(on.transpose(q!, [0, 2, 1, 3]), keys), 1 / Math.sqrt(size));
    const masked = on.softmax(on.add(scores, batch.mask!));
    const contexts = on.matmul(masked, on.transpose(v!, [0, 2, 1, 3]));
    return linear(
      model,
      on.reshape(on.transpose(contexts, [0, 2, 1, 3]), [tokens, hidden]),
      `${name}.c_proj`,
    );
  };
  const table = weight('wte.weight');
  const embedded = on.reshape(on.matmul(batch.ids!, table), [texts, length, hidden]);
  let x = on.reshape(on.add(embedded, weight('wpe.weight')), [tokens, hidden]);
  for (let i = 0; i < config.n_layer; i++) {
    x = on.add(x, attend(norm(x, `h.${i}.ln_1`), `h.${i}.attn`));
    const inner = on.gelu(linear(model, norm(x, `h.${i}.ln_2`), `h.${i}.mlp.c_fc`));
    x = on.add(x, linear(model, inner, `h.${i}.mlp.c_proj`));
  }
  return on.crossEntropy(on.matmul(norm(x, 'ln_f'), on.transpose(table, [1, 0])), batch.labels!);
}

/** Products that do not depend on the recurrence are computed for all steps at once. */
function seq2SeqLoss<T>({ hidden, batch: pairs, sources }: Seq2SeqWork, model: Model<T>): T {
  const { on, weight, batch } = model;
  const length = sources.length / pairs;
  const gatesOf = (ids: T, name: string) => {
    const embedded = on.matmul(ids, weight(`${name}.embedding.weight`));
    const bias = on.add(weight(`${name}.rnn.bias_ih_l0`), weight(`${name}.rnn.bias_hh_l0`));
    const gates = on.add(on.matmul(embedded, weight(`${name}.rnn.weight_ih_l0`)), bias);
    return on.unstack(on.reshape(gates, [-1, pairs, 4 * hidden]));
  };
  const recur = (gates: T, h: T, name: string) =>
    on.add(gates, on.matmul(h, weight(`${name}.rnn.weight_hh_l0`)));
  const [first, ...others] = gatesOf(batch.sources!, 'encoder');
  // The initial state is zero: the first step has neither a product with it nor a cell to forget.
  let [h, c] = lstmCell(on, first!);
  const states = [h];
  for (const gates of others) {
    [h, c] = lstmCell(on, recur(gates, h, 'encoder'), c);
    states.push(h);
  }
  const memory = on.stack(states, 1);
  const outputs: T[] = [];
  for (const gates of gatesOf(batch.inputs!, 'decoder')) {
    const scores = on.reshape(on.matmul(memory, on.reshape(h, [pairs, hidden, 1])), [pairs, length]);
    const attention = on.reshape(on.softmax(scores), [pairs, 1, length]);
    const context = on.reshape(on.matmul(attention, memory), [pairs, hidden]);
    const both = on.add(gates, on.matmul(context, weight('decoder.rnn.weight_ih_l0', 1)));
    [h, c] = lstmCell(on, recur(both, h, 'decoder'), c);
    outputs.push(h);
  }
  return on.crossEntropy(linear(model, on.concat(outputs, 0), 'decoder.out'), batch.labels!);
}
