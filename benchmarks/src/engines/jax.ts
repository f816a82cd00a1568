import type { OperationWork, Work } from '../cases/work.ts';
import { type ArrayOperations, arrayFunction } from './arrays.ts';
import type { Engine, Prepared } from './engine.ts';
import { headMajor } from './layout.ts';
import type { Platform } from './platform.ts';
import { type DifferentiableArrays, preparePeerTraining } from './train/peers.ts';

/** The used part of @jax-js/jax. Functions consume their array arguments, except for a `ref`. */
interface Jax {
  init(device: string): Promise<readonly string[]>;
  defaultDevice(device: string): string;
  jit<A extends readonly unknown[], R>(f: (...trees: A) => R): (...trees: A) => R;
  valueAndGrad<W>(f: (weights: W) => JaxArray): (weights: W) => [JaxArray, W];
  readonly tree: {
    ref<Tree>(tree: Tree): Tree;
    dispose(tree: unknown): void;
  };
  readonly numpy: {
    array(data: Float32Array, options: { shape: readonly number[] }): JaxArray;
    matmul(a: JaxArray, b: JaxArray): JaxArray;
    swapaxes(x: JaxArray, a: number, b: number): JaxArray;
    transpose(x: JaxArray, axes: readonly number[]): JaxArray;
    reshape(x: JaxArray, shape: readonly number[]): JaxArray;
    unstack(x: JaxArray): JaxArray[];
    stack(parts: readonly JaxArray[], axis: number): JaxArray;
    sum(x: JaxArray): JaxArray;
    mean(x: JaxArray, axis: number, options: { keepdims: boolean }): JaxArray;
    square(x: JaxArray): JaxArray;
    sqrt(x: JaxArray): JaxArray;
    tanh(x: JaxArray): JaxArray;
    split(x: JaxArray, parts: number, axis: number): JaxArray[];
    concatenate(parts: readonly JaxArray[], axis: number): JaxArray;
  };
  readonly nn: {
    softmax(x: JaxArray, axis: number): JaxArray;
    sigmoid(x: JaxArray): JaxArray;
    relu(x: JaxArray): JaxArray;
    gelu(x: JaxArray, options: { approximate: boolean }): JaxArray;
    logSoftmax(x: JaxArray, axis: number): JaxArray;
    standardize(x: JaxArray, axis: number, options: { epsilon: number }): JaxArray;
  };
}

interface JaxArray {
  readonly ref: JaxArray;
  readonly shape: readonly number[];
  mul(other: JaxArray | number): JaxArray;
  add(other: JaxArray | number): JaxArray;
  sub(other: JaxArray | number): JaxArray;
  div(other: JaxArray | number): JaxArray;
  dataSync(): Float32Array;
  dispose(): void;
}

/** jax-js, which compiles functions to WebAssembly. */
export async function jaxJs(platform: Platform): Promise<Engine> {
  const jax = (await platform.peer('jax')) as Jax;
  const devices = await jax.init('wasm');
  if (!devices.includes('wasm')) throw new Error('jax-js: its wasm device did not start');
  jax.defaultDevice('wasm');
  return { name: 'jax-js', threads: 1, prepare: (work) => prepare(jax, work) };
}

/** Operations that do not consume their operands. Inside a compilation these are tracers, which hold no memory. */
function operationsOf({ numpy: np, nn }: Jax): ArrayOperations<JaxArray> {
  return {
    add: (x, y) => x.ref.add(y.ref),
    sub: (x, y) => x.ref.sub(y.ref),
    mul: (x, y) => x.ref.mul(y.ref),
    scale: (x, factor) => x.ref.mul(factor),
    sigmoid: (x) => nn.sigmoid(x.ref),
    tanh: (x) => np.tanh(x.ref),
    split: (x, parts) => np.split(x.ref, parts, -1),
    concat(parts, axis) {
      const references = parts.map((part) => part.ref);
      return np.concatenate(references, axis);
    },
    matmul: (x, y) => np.matmul(x.ref, y.ref),
    softmax: (x) => nn.softmax(x.ref, -1),
    layerNorm: (x, gain, bias, epsilon) => nn.standardize(x.ref, -1, { epsilon }).mul(gain.ref).add(bias.ref),
    rmsNorm(x, gain, epsilon) {
      const mean = np.mean(np.square(x.ref), -1, { keepdims: true });
      return x.ref.div(np.sqrt(mean.add(epsilon))).mul(gain.ref);
    },
  };
}

function trainArrays(jax: Jax): DifferentiableArrays<JaxArray> {
  const { numpy: np, nn, tree } = jax;
  return {
    on: {
      ...operationsOf(jax),
      reshape: (x, shape) => np.reshape(x.ref, shape),
      transpose: (x, axes) => np.transpose(x.ref, axes),
      unstack: (x) => np.unstack(x.ref),
      stack(parts, axis) {
        const references = parts.map((part) => part.ref);
        return np.stack(references, axis);
      },
      relu: (x) => nn.relu(x.ref),
      gelu: (x) => nn.gelu(x.ref, { approximate: true }),
      div: (x, y) => x.ref.div(y.ref),
      addNumber: (x, y) => x.ref.add(y),
      sqrt: (x) => np.sqrt(x.ref),
      crossEntropy: (logits, labels) =>
        np.sum(nn.logSoftmax(logits.ref, -1).mul(labels.ref)).mul(-1 / labels.shape[0]!),
    },
    array: ({ data, shape }) => np.array(data, { shape }),
    read: (x) => x.ref.dataSync(),
    dispose: (arrays) => tree.dispose(arrays),
    differentiate: (loss, weights) => jax.valueAndGrad(loss)(tree.ref(weights)),
    compile(f) {
      const compiled = jax.jit(f);
      return (input) => compiled(tree.ref(input));
    },
  };
}

function prepare(jax: Jax, work: Work): Prepared | undefined {
  if (work.kind === 'train') return preparePeerTraining(trainArrays(jax), work);
  if (work.kind === 'attention') return attention(jax, work);
  const array = arrayFunction(work);
  if (!array) return undefined;
  const operands = array.operands.map(({ data, shape }) => jax.numpy.array(data, { shape }));
  return compiled(jax, operands, (...arrays) => array.compute(operationsOf(jax), arrays));
}

function compiled(jax: Jax, operands: readonly JaxArray[], f: (...arrays: JaxArray[]) => JaxArray): Prepared {
  const run = jax.jit(f);
  return {
    run: () => run(...operands.map((operand) => operand.ref)).dataSync(),
    dispose() {
      for (const operand of operands) operand.dispose();
    },
  };
}

function attention(jax: Jax, work: OperationWork<'attention'>): Prepared | undefined {
  // The peers' causal attention is onnxruntime-web's and LiteRT.js's.
  if (work.parameters.causal) return undefined;
  const { numpy: np, nn } = jax;
  const { heads, tokens, queryTokens, size, arrange, ...data } = headMajor(work);
  const array = (x: Float32Array, rows: number) => np.array(x, { shape: [heads, rows, size] });
  const operands = [array(data.queries, queryTokens), array(data.keys, tokens), array(data.values, tokens)];
  const attend = (queries: JaxArray, keys: JaxArray, values: JaxArray) => {
    const scores = np.matmul(queries, np.swapaxes(keys, 1, 2)).mul(1 / Math.sqrt(size));
    return np.matmul(nn.softmax(scores, -1), values);
  };
  return { ...compiled(jax, operands, (q, k, v) => attend(q!, k!, v!)), arrange };
}
