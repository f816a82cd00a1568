import type { Work } from '../cases/work.ts';
import type { Engine, Prepared } from './engine.ts';
import type { Platform } from './platform.ts';

/** The part of @jax-js/jax that is used here. Functions consume the arrays they are given unless it is their `ref`. */
interface Jax {
  init(device: string): Promise<readonly string[]>;
  defaultDevice(device: string): string;
  jit(f: (...arrays: JaxArray[]) => JaxArray): (...arrays: JaxArray[]) => JaxArray;
  readonly numpy: {
    array(data: Float32Array, options: { shape: readonly number[] }): JaxArray;
    matmul(a: JaxArray, b: JaxArray): JaxArray;
    swapaxes(x: JaxArray, a: number, b: number): JaxArray;
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
    standardize(x: JaxArray, axis: number, options: { epsilon: number }): JaxArray;
  };
}

interface JaxArray {
  readonly ref: JaxArray;
  mul(other: JaxArray | number): JaxArray;
  add(other: JaxArray | number): JaxArray;
  sub(other: JaxArray | number): JaxArray;
  div(other: JaxArray | number): JaxArray;
  dataSync(): Float32Array;
  dispose(): void;
}

/** jax-js, which compiles what it is given to WebAssembly of its own. */
export async function jaxJs(platform: Platform): Promise<Engine> {
  const jax = (await platform.peer('jax')) as Jax;
  const devices = await jax.init('wasm');
  if (!devices.includes('wasm')) throw new Error('jax-js: its wasm device did not start');
  jax.defaultDevice('wasm');
  return { name: 'jax-js', threads: 1, prepare: (work) => prepare(jax, work) };
}

function prepare(jax: Jax, work: Work): Prepared | undefined {
  const { numpy: np, nn } = jax;
  const prepared = (f: (...arrays: JaxArray[]) => JaxArray, ...operands: JaxArray[]): Prepared => {
    const compiled = jax.jit(f);
    return {
      run: () => compiled(...operands.map((operand) => operand.ref)).dataSync(),
      dispose() {
        for (const operand of operands) operand.dispose();
      },
    };
  };

  switch (work.kind) {
    case 'matmul': {
      if (work.dtype !== 'f32') return undefined;
      const a = np.array(work.a, { shape: [work.m, work.k] });
      return prepared((x, y) => np.matmul(x, y), a, np.array(work.b, { shape: [work.k, work.n] }));
    }
    case 'softmax':
      return prepared((x) => nn.softmax(x, -1), np.array(work.x, { shape: [work.rows, work.columns] }));
    case 'layer-norm': {
      const { rows, columns, epsilon } = work;
      const row = (data: Float32Array) => np.array(data, { shape: [columns] });
      return prepared(
        (x, gamma, beta) => nn.standardize(x, -1, { epsilon }).mul(gamma).add(beta),
        np.array(work.x, { shape: [rows, columns] }),
        row(work.gamma),
        row(work.beta),
      );
    }
    case 'rms-norm': {
      const { rows, columns, epsilon } = work;
      return prepared(
        (x, gamma) => {
          const mean = np.mean(np.square(x.ref), -1, { keepdims: true });
          return x.div(np.sqrt(mean.add(epsilon))).mul(gamma);
        },
        np.array(work.x, { shape: [rows, columns] }),
        np.array(work.gamma, { shape: [columns] }),
      );
    }
    case 'gate':
      return prepared(
        (x) => {
          const [left, right] = np.split(x, 2, -1);
          return nn.sigmoid(left!.ref).mul(left!).mul(right!);
        },
        np.array(work.x, { shape: [work.rows, 2 * work.columns] }),
      );
    case 'pointwise': {
      if (work.operation === 'gelu') return undefined;
      const shape = [work.rows, work.columns];
      const x = np.array(work.x, { shape });
      if (work.operation === 'scale') return prepared((only) => only.mul(work.factor), x);
      return prepared((left, right) => left.add(right), x, np.array(work.y, { shape }));
    }
    case 'rotary': {
      const { tokens, heads, size } = work;
      const table = (data: Float32Array) => np.array(data, { shape: [tokens, 1, size / 2] });
      return prepared(
        (x, cos, sin) => {
          const [left, right] = np.split(x, 2, -1);
          const first = left!.ref.mul(cos.ref).sub(right!.ref.mul(sin.ref));
          return np.concatenate([first, right!.mul(cos).add(left!.mul(sin))], -1);
        },
        np.array(work.x, { shape: [tokens, heads, size] }),
        table(work.cosines),
        table(work.sines),
      );
    }
    case 'lstm': {
      const { rows, size } = work;
      return prepared(
        (gates, cell) => {
          const [i, f, g, o] = np.split(gates, 4, -1);
          const next = nn
            .sigmoid(f!)
            .mul(cell)
            .add(nn.sigmoid(i!).mul(np.tanh(g!)));
          return np.concatenate([nn.sigmoid(o!).mul(np.tanh(next.ref)), next], 0);
        },
        np.array(work.gates, { shape: [rows, 4 * size] }),
        np.array(work.cell, { shape: [rows, size] }),
      );
    }
    case 'gru': {
      const { rows, size } = work;
      return prepared(
        (input, hidden, state) => {
          const [ri, zi, ni] = np.split(input, 3, -1);
          const [rh, zh, nh] = np.split(hidden, 3, -1);
          const next = np.tanh(ni!.add(nn.sigmoid(ri!.add(rh!)).mul(nh!)));
          return next.ref.add(nn.sigmoid(zi!.add(zh!)).mul(state.sub(next)));
        },
        np.array(work.input, { shape: [rows, 3 * size] }),
        np.array(work.hidden, { shape: [rows, 3 * size] }),
        np.array(work.state, { shape: [rows, size] }),
      );
    }
    case 'attention': {
      const shape = [work.heads, work.tokens, work.size];
      const scale = 1 / Math.sqrt(work.size);
      return prepared(
        (queries, keys, values) => {
          const scores = np.matmul(queries, np.swapaxes(keys, 1, 2)).mul(scale);
          return np.matmul(nn.softmax(scores, -1), values);
        },
        np.array(work.queries, { shape: [work.heads, work.queryTokens, work.size] }),
        np.array(work.keys, { shape }),
        np.array(work.values, { shape }),
      );
    }
    default:
      return undefined;
  }
}
