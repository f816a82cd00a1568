import type { OperationWork, Work } from '../cases/work.ts';
import { type ElementWise, gate, gruGates, lstmGates, rotary } from './composites.ts';
import type { Engine, Prepared } from './engine.ts';
import { headMajor, inputMajor, transpose } from './layout.ts';
import type { Platform } from './platform.ts';

/** The used part of @tensorflow/tfjs-core. */
interface TensorFlow {
  setBackend(name: string): Promise<boolean>;
  ready(): Promise<void>;
  tensor(data: Float32Array, shape: readonly number[]): Tensor;
  tidy<T>(f: () => T): T;
  matMul(a: Tensor, b: Tensor, transposeA?: boolean, transposeB?: boolean): Tensor;
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
  dataSync(): Float32Array;
  dispose(): void;
}

/** TensorFlow.js on WebAssembly with one thread. */
export async function tfjsWasm(platform: Platform): Promise<Engine> {
  const tf = (await platform.peer('tfjs')) as TensorFlow;
  if (!(await tf.setBackend('wasm'))) throw new Error('tfjs: its wasm backend did not start');
  await tf.ready();
  return { name: 'tfjs-wasm', threads: 1, prepare: (work) => prepare(tf, work) };
}

function prepare(tf: TensorFlow, work: Work): Prepared | undefined {
  const operands: Tensor[] = [];
  const tensor = (data: Float32Array, ...shape: readonly number[]) => {
    operands.push(tf.tensor(data, shape));
    return operands.at(-1)!;
  };
  const prepared = (compute: () => Tensor): Prepared => ({
    run() {
      const output = tf.tidy(compute);
      const data = output.dataSync();
      output.dispose();
      return data;
    },
    dispose() {
      for (const operand of operands) operand.dispose();
    },
  });
  const elementWise: ElementWise<Tensor> = {
    add: (x, y) => tf.add(x, y),
    sub: (x, y) => tf.sub(x, y),
    mul: (x, y) => tf.mul(x, y),
    sigmoid: (x) => tf.sigmoid(x),
    tanh: (x) => tf.tanh(x),
    split: (x, parts) => tf.split(x, parts, -1),
    concat: (parts, axis) => tf.concat(parts, axis),
  };

  switch (work.kind) {
    case 'linear': {
      const { rows, inFeatures, outFeatures, dtype } = work.parameters;
      if (dtype !== 'f32') return undefined;
      const x = tensor(work.values.x, rows, inFeatures);
      const weights = tensor(inputMajor(work), inFeatures, outFeatures);
      return prepared(() => tf.matMul(x, weights));
    }
    case 'softmax': {
      const x = tensor(work.values.x, work.parameters.rows, work.parameters.width);
      return prepared(() => tf.softmax(x));
    }
    case 'layerNorm': {
      const { rows, width, epsilon } = work.parameters;
      const x = tensor(work.values.x, rows, width);
      const [gain, bias] = [tensor(work.values.gain, width), tensor(work.values.bias, width)];
      return prepared(() => {
        const { mean, variance } = tf.moments(x, -1, true);
        const scaled = tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, epsilon)));
        return tf.add(tf.mul(scaled, gain), bias);
      });
    }
    case 'rmsNorm': {
      const { rows, width, epsilon } = work.parameters;
      const [x, gain] = [tensor(work.values.x, rows, width), tensor(work.values.gain, width)];
      return prepared(() => {
        const mean = tf.mean(tf.square(x), -1, true);
        return tf.mul(tf.mul(x, tf.rsqrt(tf.add(mean, epsilon))), gain);
      });
    }
    case 'gate': {
      const x = tensor(work.values.x, work.parameters.rows, 2 * work.parameters.width);
      return prepared(() => gate(elementWise, x));
    }
    case 'add': {
      const [x, y] = [work.values.x, work.values.y].map((data) => tensor(data, ...work.parameters.shape));
      return prepared(() => tf.add(x!, y!));
    }
    case 'scale': {
      const x = tensor(work.values.x, ...work.parameters.shape);
      return prepared(() => tf.mul(x, work.parameters.factor));
    }
    case 'rotary': {
      const { rows, heads, headDim, pairs } = work.parameters;
      const x = tensor(work.values.x, rows, heads, headDim);
      const { cosines, sines } = work.values;
      const [cos, sin] = [cosines, sines].map((table) => tensor(table, rows, 1, pairs));
      return prepared(() => rotary(elementWise, x, cos!, sin!));
    }
    case 'lstmGates': {
      const { rows, hiddenSize } = work.parameters;
      const gates = tensor(work.values.gates, rows, 4 * hiddenSize);
      const cell = tensor(work.values.cell, rows, hiddenSize);
      return prepared(() => lstmGates(elementWise, gates, cell));
    }
    case 'gruGates': {
      const { rows, hiddenSize } = work.parameters;
      const { input, hidden } = work.values;
      const [x, h] = [input, hidden].map((gates) => tensor(gates, rows, 3 * hiddenSize));
      const state = tensor(work.values.state, rows, hiddenSize);
      return prepared(() => gruGates(elementWise, x!, h!, state));
    }
    case 'attention': {
      const { compute, arrange } = attention(tf, tensor, work);
      return { ...prepared(compute), arrange };
    }
    default:
      return undefined;
  }
}

type MakeTensor = (data: Float32Array, ...shape: readonly number[]) => Tensor;

/** One product per head, with keys transposed ahead: batched and transposed products of tfjs are ten times as slow. */
function attention(tf: TensorFlow, tensor: MakeTensor, work: OperationWork<'attention'>) {
  const { heads, tokens, queryTokens, size, queries, keys, values, arrange } = headMajor(work);
  const rowsOf = (data: Float32Array, head: number) => {
    const length = data.length / heads;
    return data.subarray(head * length, (head + 1) * length);
  };
  const operands = Array.from({ length: heads }, (_, head) => ({
    queries: tensor(rowsOf(queries, head), queryTokens, size),
    keys: tensor(transpose(rowsOf(keys, head), tokens, size), size, tokens),
    values: tensor(rowsOf(values, head), tokens, size),
  }));
  const scale = 1 / Math.sqrt(size);
  const compute = () => {
    const contexts = operands.map((head) =>
      tf.tidy(() => tf.matMul(tf.softmax(tf.mul(tf.matMul(head.queries, head.keys), scale)), head.values)),
    );
    return tf.concat(contexts, 0);
  };
  return { compute, arrange };
}
