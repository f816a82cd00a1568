import type { AttentionWork, Work } from '../cases/work.ts';
import type { Engine, Prepared } from './engine.ts';
import { transpose } from './layout.ts';
import type { Platform } from './platform.ts';

/** The part of @tensorflow/tfjs-core that is used here. */
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
  moments(x: Tensor, axis: number, keepDims: boolean): { mean: Tensor; variance: Tensor };
  concat(tensors: readonly Tensor[], axis: number): Tensor;
}

interface Tensor {
  dataSync(): Float32Array;
  dispose(): void;
}

/** TensorFlow.js on WebAssembly, one thread: its threads need a page that is cross-origin isolated. */
export async function tfjsWasm(platform: Platform): Promise<Engine> {
  const tf = (await platform.peer('tfjs')) as TensorFlow;
  if (!(await tf.setBackend('wasm'))) throw new Error('tfjs: its wasm backend did not start');
  await tf.ready();
  return { name: 'tfjs-wasm', threads: 1, prepare: (work) => prepare(tf, work) };
}

function prepare(tf: TensorFlow, work: Work): Prepared | undefined {
  const tensors: Tensor[] = [];
  const tensor = (data: Float32Array, ...shape: readonly number[]) => {
    const made = tf.tensor(data, shape);
    tensors.push(made);
    return made;
  };
  const prepared = (compute: () => Tensor): Prepared => ({
    run() {
      const output = tf.tidy(compute);
      const data = output.dataSync();
      output.dispose();
      return data;
    },
    dispose() {
      for (const made of tensors) made.dispose();
    },
  });

  switch (work.kind) {
    case 'matmul': {
      if (work.dtype !== 'f32') return undefined;
      const [a, b] = [tensor(work.a, work.m, work.k), tensor(work.b, work.k, work.n)];
      return prepared(() => tf.matMul(a, b));
    }
    case 'softmax': {
      const x = tensor(work.x, work.rows, work.columns);
      return prepared(() => tf.softmax(x));
    }
    case 'layer-norm': {
      const x = tensor(work.x, work.rows, work.columns);
      const [gamma, beta] = [tensor(work.gamma, work.columns), tensor(work.beta, work.columns)];
      return prepared(() => {
        const { mean, variance } = tf.moments(x, -1, true);
        const scaled = tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, work.epsilon)));
        return tf.add(tf.mul(scaled, gamma), beta);
      });
    }
    case 'attention':
      return prepared(attention(tf, tensor, work));
    default:
      return undefined;
  }
}

type MakeTensor = (data: Float32Array, ...shape: readonly number[]) => Tensor;

/**
 * Head by head and with keys transposed ahead: its batched and transposed products take another path, ten times as
 * slow, and a comparison is to be with the best that a peer can do.
 */
function attention(tf: TensorFlow, tensor: MakeTensor, work: AttentionWork): () => Tensor {
  const { heads, tokens, size } = work;
  const rows = (data: Float32Array, head: number) =>
    data.subarray(head * tokens * size, (head + 1) * tokens * size);
  const operands = Array.from({ length: heads }, (_, head) => ({
    queries: tensor(rows(work.queries, head), tokens, size),
    keys: tensor(transpose(rows(work.keys, head), tokens, size), size, tokens),
    values: tensor(rows(work.values, head), tokens, size),
  }));
  const scale = 1 / Math.sqrt(size);
  return () => {
    const contexts = operands.map(({ queries, keys, values }) =>
      tf.tidy(() => tf.matMul(tf.softmax(tf.mul(tf.matMul(queries, keys), scale)), values)),
    );
    return tf.concat(contexts, 0);
  };
}
