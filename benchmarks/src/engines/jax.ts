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
  };
  readonly nn: {
    softmax(x: JaxArray, axis: number): JaxArray;
    standardize(x: JaxArray, axis: number, options: { epsilon: number }): JaxArray;
  };
}

interface JaxArray {
  readonly ref: JaxArray;
  mul(other: JaxArray | number): JaxArray;
  add(other: JaxArray | number): JaxArray;
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
    case 'attention': {
      const shape = [work.heads, work.tokens, work.size];
      const scale = 1 / Math.sqrt(work.size);
      return prepared(
        (queries, keys, values) => {
          const scores = np.matmul(queries, np.swapaxes(keys, 1, 2)).mul(scale);
          return np.matmul(nn.softmax(scores, -1), values);
        },
        np.array(work.queries, { shape }),
        np.array(work.keys, { shape }),
        np.array(work.values, { shape }),
      );
    }
    default:
      return undefined;
  }
}
