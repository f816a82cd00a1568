import type { OperationWork, Work } from '../cases/work.ts';
import { type ArrayOperations, arrayFunction } from './arrays.ts';
import type { Engine, Prepared } from './engine.ts';
import { headMajor, transpose } from './layout.ts';
import type { Platform } from './platform.ts';
import { type DifferentiableArrays, preparePeerTraining } from './train/peers.ts';

/** The used part of @tensorflow/tfjs-core. */
interface TensorFlow {
  setBackend(name: string): Promise<boolean>;
  ready(): Promise<void>;
  tensor(data: Float32Array, shape: readonly number[]): Tensor;
  tidy<T>(f: () => T): T;
  dispose(tensors: unknown): void;
  valueAndGrads(
    f: (...tensors: Tensor[]) => Tensor,
  ): (tensors: readonly Tensor[]) => { value: Tensor; grads: Tensor[] };
  customGrad(
    f: (
      a: Tensor,
      b: Tensor,
      save: (tensors: readonly Tensor[]) => void,
    ) => { value: Tensor; gradFunc: (dy: Tensor, saved: readonly Tensor[]) => Tensor[] },
  ): (a: Tensor, b: Tensor) => Tensor;
  readonly losses: { softmaxCrossEntropy(labels: Tensor, logits: Tensor): Tensor };
  matMul(a: Tensor, b: Tensor): Tensor;
  reshape(x: Tensor, shape: readonly number[]): Tensor;
  transpose(x: Tensor, axes: readonly number[]): Tensor;
  unstack(x: Tensor): Tensor[];
  stack(tensors: readonly Tensor[], axis: number): Tensor;
  relu(x: Tensor): Tensor;
  div(a: Tensor, b: Tensor): Tensor;
  sqrt(x: Tensor): Tensor;
  mul(a: Tensor, b: Tensor | number): Tensor;
  add(a: Tensor, b: Tensor | number): Tensor;
  sub(a: Tensor, b: Tensor): Tensor;
  rsqrt(x: Tensor): Tensor;
  softmax(x: Tensor): Tensor;
  sigmoid(x: Tensor): Tensor;
  tanh(x: Tensor): Tensor;
  square(x: Tensor): Tensor;
  mean(x: Tensor, axis: number, keepDims: boolean): Tensor;
  split(x: Tensor, parts: number, axis: number): Tensor[];
  moments(x: Tensor, axis: number, keepDims: boolean): { mean: Tensor; variance: Tensor };
  concat(tensors: readonly Tensor[], axis: number): Tensor;
}

interface Tensor {
  readonly rank: number;
  dataSync(): Float32Array;
  dispose(): void;
}

/** TensorFlow.js on WebAssembly with one thread: its threads need a cross-origin isolated page. */
export async function tfjsWasm(platform: Platform): Promise<Engine> {
  const tf = (await platform.peer('tfjs')) as TensorFlow;
  if (!(await tf.setBackend('wasm'))) throw new Error('tfjs: its wasm backend did not start');
  await tf.ready();
  return { name: 'tfjs-wasm', threads: 1, prepare: (work) => prepare(tf, work) };
}

function operationsOf(tf: TensorFlow): ArrayOperations<Tensor> {
  return {
    add: (x, y) => tf.add(x, y),
    sub: (x, y) => tf.sub(x, y),
    mul: (x, y) => tf.mul(x, y),
    scale: (x, factor) => tf.mul(x, factor),
    sigmoid: (x) => tf.sigmoid(x),
    tanh: (x) => tf.tanh(x),
    split: (x, parts) => tf.split(x, parts, -1),
    concat: (parts, axis) => tf.concat(parts, axis),
    matmul: (x, y) => tf.matMul(x, y),
    softmax: (x) => tf.softmax(x),
    layerNorm(x, gain, bias, epsilon) {
      const { mean, variance } = tf.moments(x, -1, true);
      const scaled = tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, epsilon)));
      return tf.add(tf.mul(scaled, gain), bias);
    },
    rmsNorm(x, gain, epsilon) {
      const mean = tf.mean(tf.square(x), -1, true);
      return tf.mul(tf.mul(x, tf.rsqrt(tf.add(mean, epsilon))), gain);
    },
  };
}

/** The order of the axes with the last two exchanged. */
function swapped({ rank }: Tensor): number[] {
  return [...Array(rank - 2).keys(), rank - 1, rank - 2];
}

/** Products are differentiated with explicit transposes: products that transpose their operands, as tfjs's own gradient does, are ten times as slow. */
function trainArrays(tf: TensorFlow): DifferentiableArrays<Tensor> {
  const gelu = (x: Tensor) => {
    const cubic = tf.mul(tf.mul(tf.square(x), x), 0.044715);
    const inner = tf.tanh(tf.mul(tf.add(x, cubic), Math.sqrt(2 / Math.PI)));
    return tf.mul(tf.mul(x, 0.5), tf.add(inner, 1));
  };
  const matmul = tf.customGrad((a, b, save) => {
    save([a, b]);
    const gradFunc = (dy: Tensor, [x, y]: readonly Tensor[]) => [
      tf.matMul(dy, tf.transpose(y!, swapped(y!))),
      tf.matMul(tf.transpose(x!, swapped(x!)), dy),
    ];
    return { value: tf.matMul(a, b), gradFunc };
  });
  return {
    on: {
      ...operationsOf(tf),
      matmul,
      reshape: (x, shape) => tf.reshape(x, shape),
      transpose: (x, axes) => tf.transpose(x, axes),
      unstack: (x) => tf.unstack(x),
      stack: (parts, axis) => tf.stack(parts, axis),
      relu: (x) => tf.relu(x),
      gelu,
      div: (x, y) => tf.div(x, y),
      addNumber: (x, y) => tf.add(x, y),
      sqrt: (x) => tf.sqrt(x),
      crossEntropy: (logits, labels) => tf.losses.softmaxCrossEntropy(labels, logits),
    },
    array: ({ data, shape }) => tf.tensor(data, shape),
    read: (x) => x.dataSync(),
    dispose: (tensors) => tf.dispose(tensors),
    differentiate(loss, weights) {
      const names = Object.keys(weights);
      const named = (tensors: readonly Tensor[]) =>
        Object.fromEntries(names.map((name, i) => [name, tensors[i]!]));
      const { value, grads } = tf.valueAndGrads((...tensors) => loss(named(tensors)))(Object.values(weights));
      return [value, named(grads)];
    },
    compile: (f) => (input) => tf.tidy(() => f(input)),
  };
}

function prepare(tf: TensorFlow, work: Work): Prepared | undefined {
  if (work.kind === 'train') return preparePeerTraining(trainArrays(tf), work);
  if (work.kind === 'attention') return attention(tf, work);
  const array = arrayFunction(work);
  if (!array) return undefined;
  const operands = array.operands.map(({ data, shape }) => tf.tensor(data, shape));
  return prepared(tf, operands, () => array.compute(operationsOf(tf), operands));
}

function prepared(tf: TensorFlow, operands: readonly Tensor[], compute: () => Tensor): Prepared {
  return {
    run() {
      const output = tf.tidy(compute);
      const data = output.dataSync();
      output.dispose();
      return data;
    },
    dispose() {
      for (const operand of operands) operand.dispose();
    },
  };
}

/** One product per head, with keys transposed ahead: batched and transposed products of tfjs are ten times as slow. */
function attention(tf: TensorFlow, work: OperationWork<'attention'>): Prepared | undefined {
  // The peers' causal attention is onnxruntime-web's and LiteRT.js's.
  if (work.parameters.causal) return undefined;
  const { heads, tokens, queryTokens, size, queries, keys, values, arrange } = headMajor(work);
  const rowsOf = (data: Float32Array, head: number) => {
    const length = data.length / heads;
    return data.subarray(head * length, (head + 1) * length);
  };
  const operands = Array.from({ length: heads }, (_, head) => ({
    queries: tf.tensor(rowsOf(queries, head), [queryTokens, size]),
    keys: tf.tensor(transpose(rowsOf(keys, head), tokens, size), [size, tokens]),
    values: tf.tensor(rowsOf(values, head), [tokens, size]),
  }));
  const scale = 1 / Math.sqrt(size);
  const attend = (head: (typeof operands)[number]) =>
    tf.matMul(tf.softmax(tf.mul(tf.matMul(head.queries, head.keys), scale)), head.values);
  const compute = () => {
    const contexts = operands.map((head) => tf.tidy(() => attend(head)));
    return tf.concat(contexts, 0);
  };
  return { ...prepared(tf, operands.flatMap(Object.values) as Tensor[], compute), arrange };
}
