import type { Work } from '../cases/work.ts';
import { type ElementWise, gate, gruGates, lstmGates, rotary } from './composites.ts';
import type { Engine, Prepared } from './engine.ts';
import { headMajor, inputMajor } from './layout.ts';
import type { Platform } from './platform.ts';

/** The used part of @jax-js/jax. Functions consume their array arguments, except for a `ref`. */
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

/** jax-js, which compiles functions to WebAssembly. */
export async function jaxJs(platform: Platform): Promise<Engine> {
  const jax = (await platform.peer('jax')) as Jax;
  const devices = await jax.init('wasm');
  if (!devices.includes('wasm')) throw new Error('jax-js: its wasm device did not start');
  jax.defaultDevice('wasm');
  return { name: 'jax-js', threads: 1, prepare: (work) => prepare(jax, work) };
}

/** Element-wise operations that leave their operands. What they leave are tracers of a compilation, which hold no memory. */
function elementWiseOf({ numpy: np, nn }: Jax): ElementWise<JaxArray> {
  return {
    add: (x, y) => x.ref.add(y.ref),
    sub: (x, y) => x.ref.sub(y.ref),
    mul: (x, y) => x.ref.mul(y.ref),
    sigmoid: (x) => nn.sigmoid(x.ref),
    tanh: (x) => np.tanh(x.ref),
    split: (x, parts) => np.split(x.ref, parts, -1),
    concat: (parts, axis) =>
      np.concatenate(
        parts.map((part) => part.ref),
        axis,
      ),
  };
}

function prepare(jax: Jax, work: Work): Prepared | undefined {
  const { numpy: np, nn } = jax;
  const array = (data: Float32Array, ...shape: readonly number[]) => np.array(data, { shape });
  const prepared = (f: (...arrays: JaxArray[]) => JaxArray, ...operands: JaxArray[]): Prepared => {
    const compiled = jax.jit(f);
    return {
      run: () => compiled(...operands.map((operand) => operand.ref)).dataSync(),
      dispose() {
        for (const operand of operands) operand.dispose();
      },
    };
  };
  const elementWise = elementWiseOf(jax);

  switch (work.kind) {
    case 'linear': {
      const { rows, inFeatures, outFeatures, dtype } = work.parameters;
      if (dtype !== 'f32') return undefined;
      const x = array(work.values.x, rows, inFeatures);
      return prepared((a, b) => np.matmul(a, b), x, array(inputMajor(work), inFeatures, outFeatures));
    }
    case 'softmax': {
      const { rows, width } = work.parameters;
      return prepared((x) => nn.softmax(x, -1), array(work.values.x, rows, width));
    }
    case 'layerNorm': {
      const { rows, width, epsilon } = work.parameters;
      const { x, gain, bias } = work.values;
      return prepared(
        (x, gain, bias) => nn.standardize(x, -1, { epsilon }).mul(gain).add(bias),
        ...[array(x, rows, width), array(gain, width), array(bias, width)],
      );
    }
    case 'rmsNorm': {
      const { rows, width, epsilon } = work.parameters;
      return prepared(
        (x, gain) => {
          const mean = np.mean(np.square(x.ref), -1, { keepdims: true });
          return x.div(np.sqrt(mean.add(epsilon))).mul(gain);
        },
        ...[array(work.values.x, rows, width), array(work.values.gain, width)],
      );
    }
    case 'gate': {
      const { rows, width } = work.parameters;
      return prepared((x) => gate(elementWise, x), array(work.values.x, rows, 2 * width));
    }
    case 'add': {
      const [x, y] = [work.values.x, work.values.y].map((data) => array(data, ...work.parameters.shape));
      return prepared((x, y) => x.add(y), x!, y!);
    }
    case 'scale': {
      const { shape, factor } = work.parameters;
      return prepared((x) => x.mul(factor), array(work.values.x, ...shape));
    }
    case 'rotary': {
      const { rows, heads, headDim, pairs } = work.parameters;
      const { x, cosines, sines } = work.values;
      return prepared(
        (x, cos, sin) => rotary(elementWise, x, cos, sin),
        array(x, rows, heads, headDim),
        ...[cosines, sines].map((table) => array(table, rows, 1, pairs)),
      );
    }
    case 'lstmGates': {
      const { rows, hiddenSize } = work.parameters;
      const { gates, cell } = work.values;
      return prepared(
        (gates, cell) => lstmGates(elementWise, gates, cell),
        ...[array(gates, rows, 4 * hiddenSize), array(cell, rows, hiddenSize)],
      );
    }
    case 'gruGates': {
      const { rows, hiddenSize } = work.parameters;
      const { input, hidden, state } = work.values;
      return prepared(
        (input, hidden, state) => gruGates(elementWise, input, hidden, state),
        ...[input, hidden].map((gates) => array(gates, rows, 3 * hiddenSize)),
        array(state, rows, hiddenSize),
      );
    }
    case 'attention': {
      const { heads, tokens, queryTokens, size, queries, keys, values, arrange } = headMajor(work);
      const scale = 1 / Math.sqrt(size);
      const attend = prepared(
        (queries, keys, values) => {
          const scores = np.matmul(queries, np.swapaxes(keys, 1, 2)).mul(scale);
          return np.matmul(nn.softmax(scores, -1), values);
        },
        array(queries, heads, queryTokens, size),
        ...[keys, values].map((x) => array(x, heads, tokens, size)),
      );
      return { ...attend, arrange };
    }
    default:
      return undefined;
  }
}
