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
    case 'rms-norm': {
      const [x, gamma] = [tensor(work.x, work.rows, work.columns), tensor(work.gamma, work.columns)];
      return prepared(() => {
        const mean = tf.mean(tf.square(x), -1, true);
        return tf.mul(tf.mul(x, tf.rsqrt(tf.add(mean, work.epsilon))), gamma);
      });
    }
    case 'gate': {
      const x = tensor(work.x, work.rows, 2 * work.columns);
      return prepared(() => {
        const [left, right] = tf.split(x, 2, -1);
        return tf.mul(tf.mul(left!, tf.sigmoid(left!)), right!);
      });
    }
    case 'pointwise': {
      if (work.operation === 'gelu') return undefined;
      const [x, y] = [work.x, work.y].map((data) => tensor(data, work.rows, work.columns));
      return prepared(() => (work.operation === 'add' ? tf.add(x!, y!) : tf.mul(x!, work.factor)));
    }
    case 'rotary': {
      const { tokens, heads, size } = work;
      const x = tensor(work.x, tokens, heads, size);
      const [cos, sin] = [work.cosines, work.sines].map((table) => tensor(table, tokens, 1, size / 2));
      return prepared(() => {
        const [left, right] = tf.split(x, 2, -1);
        const first = tf.sub(tf.mul(left!, cos!), tf.mul(right!, sin!));
        return tf.concat([first, tf.add(tf.mul(right!, cos!), tf.mul(left!, sin!))], -1);
      });
    }
    case 'lstm': {
      const { rows, size } = work;
      const [gates, cell] = [tensor(work.gates, rows, 4 * size), tensor(work.cell, rows, size)];
      return prepared(() => {
        const [i, f, g, o] = tf.split(gates, 4, -1);
        const kept = tf.mul(tf.sigmoid(f!), cell);
        const next = tf.add(kept, tf.mul(tf.sigmoid(i!), tf.tanh(g!)));
        return tf.concat([tf.mul(tf.sigmoid(o!), tf.tanh(next)), next], 0);
      });
    }
    case 'gru': {
      const { rows, size } = work;
      const [input, hidden] = [work.input, work.hidden].map((gates) => tensor(gates, rows, 3 * size));
      const state = tensor(work.state, rows, size);
      return prepared(() => {
        const [ri, zi, ni] = tf.split(input!, 3, -1);
        const [rh, zh, nh] = tf.split(hidden!, 3, -1);
        const next = tf.tanh(tf.add(ni!, tf.mul(tf.sigmoid(tf.add(ri!, rh!)), nh!)));
        return tf.add(next, tf.mul(tf.sigmoid(tf.add(zi!, zh!)), tf.sub(state, next)));
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
  const { heads, tokens, queryTokens, size } = work;
  const rows = (data: Float32Array, head: number) => {
    const length = data.length / heads;
    return data.subarray(head * length, (head + 1) * length);
  };
  const operands = Array.from({ length: heads }, (_, head) => ({
    queries: tensor(rows(work.queries, head), queryTokens, size),
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
