import { expect } from 'vitest';
import type { ActivationName, Backend, LinearWeights, Tensor } from '../../src/backend/backend.ts';
import { ReferenceBackend } from '../../src/backend/reference/reference.ts';
import { ReferenceLinear, ReferenceTensor } from '../../src/backend/reference/tensor.ts';
import { createBackend } from '../../src/index.ts';
import { ParameterSet } from '../../src/train/parameters/parameters.ts';
import { WeightSource } from '../../src/train/parameters/weight-source.ts';
import { RecordingBackend } from '../../src/train/tape/recording-backend.ts';
import type { RecordedTensor } from '../../src/train/tape/tensor.ts';
import { trainingSupport } from '../../src/train/training-support.ts';

/** An input of an operation: a tensor, or with `linear` the weight `[outFeatures, inFeatures]` and bias of a linear layer. */
export interface Input {
  readonly shape: readonly number[];
  readonly data: Float32Array;
  /** Whether its gradient is checked. Default true. */
  readonly watched?: boolean;
  readonly linear?: { readonly bias: Float32Array | undefined };
}

export type Operation = (backend: Backend, inputs: readonly Operand[]) => readonly Tensor[];
/** A tensor or the weights of a linear layer, as the operation expects. */
export type Operand = Tensor & LinearWeights;

export const ACTIVATIONS: readonly ActivationName[] = [
  'none',
  'relu',
  'gelu',
  'geluTanh',
  'silu',
  'tanh',
  'sigmoid',
  'exp',
];

/** Pseudorandom values in −1 … 1, from a seed. */
export function randomValues(count: number, seed: number): Float32Array {
  let state = seed * 2_654_435_761;
  return Float32Array.from({ length: count }, () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 31 - 1;
  });
}

/** The reference backend, whose `assign` rounds to f32, without that rounding. */
class ExactBackend extends ReferenceBackend {
  override assign(to: Tensor, x: Tensor): void {
    const [target, source] = [to as ReferenceTensor, x as ReferenceTensor];
    const { rows, width } = source;
    const values = Float64Array.from({ length: rows * width }, (_, i) =>
      source.at(Math.floor(i / width), i % width),
    );
    for (const [i, value] of values.entries()) target.set(Math.floor(i / width), i % width, value);
  }
}

let inputs = 0;

export function input(shape: readonly number[], options: { scale?: number; watched?: boolean } = {}): Input {
  const size = shape.reduce((product, length) => product * length, 1);
  const data = randomValues(size, ++inputs).map((value) => value * (options.scale ?? 1));
  return { shape, data, ...(options.watched !== undefined && { watched: options.watched }) };
}

export function linearInput(inFeatures: number, outFeatures: number, bias = true): Input {
  return {
    ...input([outFeatures, inFeatures]),
    linear: { bias: bias ? randomValues(outFeatures, ++inputs) : undefined },
  };
}

/** Factors that make one number of the outputs of an operation. */
function projection(outputs: readonly Tensor[]): Float32Array[] {
  return outputs.map(({ shape }, i) =>
    randomValues(
      shape.reduce((product, length) => product * length, 1),
      1000 + i,
    ),
  );
}

/** Σ outputs · projection in float64; −∞ outputs (masked scores) are skipped. */
function project(run: Operation, operands: readonly Operand[]): number {
  const outputs = run(new ExactBackend(), operands) as readonly ReferenceTensor[];
  const factors = projection(outputs);
  let sum = 0;
  for (const [i, output] of outputs.entries()) {
    for (let row = 0; row < output.rows; row++) {
      for (let column = 0; column < output.width; column++) {
        const value = output.at(row, column);
        if (value !== -Infinity) sum += value * factors[i]![row * output.width + column]!;
      }
    }
  }
  return sum;
}

/** Central differences in float64 of every watched input; of a linear layer its weight, then its bias. */
function numericGradients(run: Operation, given: readonly Input[]): Float64Array[] {
  const values = given.map(({ data }) => Float64Array.from(data));
  const biases = given.map(({ linear }) => linear?.bias && Float64Array.from(linear.bias));
  // An operation may write to its inputs.
  const operands = () =>
    given.map(({ shape, linear }, i) =>
      linear
        ? new ReferenceLinear(
            values[i]!.slice() as unknown as Float32Array,
            biases[i]?.slice() as unknown as Float32Array | undefined,
            shape[1]!,
            'f32',
          )
        : new ReferenceTensor(values[i]!.slice(), shape),
    ) as unknown as Operand[];
  const step = 1e-4;
  const differences = (array: Float64Array) => {
    const gradient = new Float64Array(array.length);
    for (let i = 0; i < array.length; i++) {
      const value = array[i]!;
      array[i] = value + step;
      const above = project(run, operands());
      array[i] = value - step;
      const below = project(run, operands());
      array[i] = value;
      gradient[i] = (above - below) / (2 * step);
    }
    return gradient;
  };
  return given.flatMap(({ watched = true, linear }, i) => {
    if (!watched) return [];
    return linear && biases[i]
      ? [differences(values[i]!), differences(biases[i]!)]
      : [differences(values[i]!)];
  });
}

/** The same gradients from a tape over a backend. */
async function recordedGradients(
  wrapped: Backend,
  run: Operation,
  given: readonly Input[],
): Promise<(Float64Array | Float32Array)[]> {
  const support = await trainingSupport(wrapped);
  const backend = new RecordingBackend(wrapped, support);
  const parameters = new ParameterSet(
    given.flatMap(({ linear, data, shape }, i) =>
      linear
        ? [
            { name: `${i}.weight`, shape, size: data.length },
            { name: `${i}.bias`, shape: [shape[0]!], size: linear.bias?.length ?? 0 },
          ]
        : [],
    ),
    support,
  );
  let from = 0;
  const layers = new Map<number, LinearWeights>();
  for (const [i, { shape, data, linear }] of given.entries()) {
    if (!linear) continue;
    parameters.get(`${i}.weight`).values.set(data);
    const sourceOf = (length: number) => {
      const source = new WeightSource(parameters, [{ to: 0, from, step: 1, length }], length);
      from += length;
      return source;
    };
    const sources = { weight: sourceOf(data.length), bias: linear.bias && sourceOf(linear.bias.length) };
    layers.set(
      i,
      await backend.withSources([sources], () => backend.linearWeights(data, linear.bias, shape[1]!)),
    );
  }
  return backend.record((tape) => {
    const operands = given.map(({ data, shape, watched = true }, i) => {
      const layer = layers.get(i);
      if (layer) return layer;
      const tensor = backend.tensor(data, shape);
      if (watched) tape.watch(tensor);
      return tensor;
    });
    const outputs = run(backend, operands as Operand[]);
    // Σ outputs · projection, through an operation that sums.
    const factors = projection(outputs);
    const loss = backend.apply({
      inputs: outputs,
      compute: () => ({ data: Float32Array.of(0), shape: [1] }),
      gradient: (_, dy, targets) => {
        for (const [i, target] of targets.entries()) {
          if (!target) continue;
          const { data, start, stride, rows, width } = target;
          for (let row = 0; row < rows; row++) {
            for (let j = 0; j < width; j++) {
              data[start + row * stride + j]! += dy.data[dy.start]! * factors[i]![row * width + j]!;
            }
          }
        }
      },
    });
    tape.backward(loss);
    return given.flatMap(({ watched = true, linear }, i): (Float64Array | Float32Array)[] => {
      if (!watched) return [];
      if (!linear) return [tape.gradientOf(operands[i] as unknown as RecordedTensor)];
      const weight = parameters.get(`${i}.weight`).gradient.slice();
      return linear.bias ? [weight, parameters.get(`${i}.bias`).gradient.slice()] : [weight];
    });
  });
}

const backends: Promise<readonly (readonly [Backend, number])[]> = Promise.all([
  createBackend('reference').then((backend) => [backend, 1e-5] as const),
  createBackend('wasm-simd').then((backend) => [backend, 1e-4] as const),
  createBackend('wasm-relaxed-simd').then((backend) => [backend, 1e-4] as const),
]);

/**
 * Compares the gradients of an operation, over each backend, with central differences of the reference backend in float64. Errors are relative
 * to the largest gradient of the input.
 */
export async function expectGradients(run: Operation, ...given: readonly Input[]): Promise<void> {
  const expected = numericGradients(run, given);
  for (const [backend, tolerance] of await backends) {
    const got = await recordedGradients(backend, run, given);
    expect(got.length).toBe(expected.length);
    for (const [i, gradient] of expected.entries()) {
      let [largest, error] = [1e-3, 0];
      for (const [j, value] of gradient.entries()) {
        largest = Math.max(largest, Math.abs(value));
        const difference = Math.abs(value - got[i]![j]!);
        error = Number.isNaN(difference) ? Number.NaN : Math.max(error, difference);
      }
      expect(error / largest, `${backend.name}, gradient ${i}`).toBeLessThanOrEqual(tolerance);
    }
  }
}
