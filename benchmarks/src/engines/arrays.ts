import type { Work } from '../cases/work.ts';
import { inputMajor } from './layout.ts';

/** Element-wise operations of a peer on its arrays. */
export interface ElementWise<T> {
  add(x: T, y: T): T;
  sub(x: T, y: T): T;
  mul(x: T, y: T): T;
  sigmoid(x: T): T;
  tanh(x: T): T;
  /** Equal parts along the last axis. */
  split(x: T, parts: number): readonly T[];
  concat(parts: readonly T[], axis: number): T;
}

/** Operations of a peer that computes on arrays. */
export interface ArrayOperations<T> extends ElementWise<T> {
  matmul(x: T, y: T): T;
  scale(x: T, factor: number): T;
  softmax(x: T): T;
  layerNorm(x: T, gain: T, bias: T, epsilon: number): T;
  rmsNorm(x: T, gain: T, epsilon: number): T;
}

/** silu(left half) · right half */
export function gate<T>({ mul, sigmoid, split }: ElementWise<T>, x: T): T {
  const [left, right] = split(x, 2);
  return mul(mul(left!, sigmoid(left!)), right!);
}

/** The new hidden state σ(o) · tanh(c') and cell state c' = σ(f) · c + σ(i) · tanh(g). Without a cell, c is zero. */
export function lstmCell<T>(
  { add, mul, sigmoid, tanh, split }: ElementWise<T>,
  gates: T,
  cell?: T,
): readonly [hidden: T, cell: T] {
  const [i, f, g, o] = split(gates, 4);
  const input = mul(sigmoid(i!), tanh(g!));
  const next = cell === undefined ? input : add(mul(sigmoid(f!), cell), input);
  return [mul(sigmoid(o!), tanh(next)), next];
}

/** The new hidden state, and below it the new cell state. */
export function lstmGates<T>(on: ElementWise<T>, gates: T, cell: T): T {
  return on.concat(lstmCell(on, gates, cell), 0);
}

/** The new state (1 − σ(z)) · n + σ(z) · h, as n + σ(z) · (h − n), where n = tanh(nᵢ + σ(r) · nₕ). */
export function gruGates<T>(on: ElementWise<T>, input: T, hidden: T, state: T): T {
  const { add, sub, mul, sigmoid, tanh } = on;
  const [ri, zi, ni] = on.split(input, 3);
  const [rh, zh, nh] = on.split(hidden, 3);
  const next = tanh(add(ni!, mul(sigmoid(add(ri!, rh!)), nh!)));
  return add(next, mul(sigmoid(add(zi!, zh!)), sub(state, next)));
}

/** Rotates feature pairs that are half a head apart. */
function rotary<T>({ add, sub, mul, split, concat }: ElementWise<T>, x: T, cosines: T, sines: T): T {
  const [left, right] = split(x, 2);
  const rotated = [
    sub(mul(left!, cosines), mul(right!, sines)),
    add(mul(right!, cosines), mul(left!, sines)),
  ];
  return concat(rotated, -1);
}

/** An operation as a function of arrays. */
export interface ArrayFunction {
  readonly operands: readonly { readonly data: Float32Array; readonly shape: readonly number[] }[];
  compute<T>(on: ArrayOperations<T>, arrays: readonly T[]): T;
}

/** The operation as a function of arrays; undefined for attention, for which each peer has a fastest way, and what they lack. */
export function arrayFunction(work: Work): ArrayFunction | undefined {
  const operand = (data: Float32Array, ...shape: readonly number[]) => ({ data, shape });
  switch (work.kind) {
    case 'linear': {
      const { rows, inFeatures, outFeatures, dtype } = work.parameters;
      if (dtype !== 'f32') return undefined;
      const weights = operand(inputMajor(work), inFeatures, outFeatures);
      const operands = [operand(work.values.x, rows, inFeatures), weights];
      return { operands, compute: (on, [x, y]) => on.matmul(x!, y!) };
    }
    case 'softmax': {
      const { rows, width } = work.parameters;
      return { operands: [operand(work.values.x, rows, width)], compute: (on, [x]) => on.softmax(x!) };
    }
    case 'layerNorm': {
      const { rows, width, epsilon } = work.parameters;
      const { x, gain, bias } = work.values;
      const operands = [operand(x, rows, width), operand(gain, width), operand(bias, width)];
      return { operands, compute: (on, [x, gain, bias]) => on.layerNorm(x!, gain!, bias!, epsilon) };
    }
    case 'rmsNorm': {
      const { rows, width, epsilon } = work.parameters;
      const operands = [operand(work.values.x, rows, width), operand(work.values.gain, width)];
      return { operands, compute: (on, [x, gain]) => on.rmsNorm(x!, gain!, epsilon) };
    }
    case 'gate': {
      const { rows, width } = work.parameters;
      return { operands: [operand(work.values.x, rows, 2 * width)], compute: (on, [x]) => gate(on, x!) };
    }
    case 'add': {
      const operands = [work.values.x, work.values.y].map((data) => operand(data, ...work.parameters.shape));
      return { operands, compute: (on, [x, y]) => on.add(x!, y!) };
    }
    case 'scale': {
      const { shape, factor } = work.parameters;
      return { operands: [operand(work.values.x, ...shape)], compute: (on, [x]) => on.scale(x!, factor) };
    }
    case 'rotary': {
      const { rows, heads, headDim, pairs } = work.parameters;
      const { x, cosines, sines } = work.values;
      const tables = [cosines, sines].map((table) => operand(table, rows, 1, pairs));
      const operands = [operand(x, rows, heads, headDim), ...tables];
      return { operands, compute: (on, [x, cos, sin]) => rotary(on, x!, cos!, sin!) };
    }
    case 'lstmGates': {
      const { rows, hiddenSize } = work.parameters;
      const { gates, cell } = work.values;
      const operands = [operand(gates, rows, 4 * hiddenSize), operand(cell, rows, hiddenSize)];
      return { operands, compute: (on, [gates, cell]) => lstmGates(on, gates!, cell!) };
    }
    case 'gruGates': {
      const { rows, hiddenSize } = work.parameters;
      const { input, hidden, state } = work.values;
      const gates = [input, hidden].map((x) => operand(x, rows, 3 * hiddenSize));
      const operands = [...gates, operand(state, rows, hiddenSize)];
      return { operands, compute: (on, [x, h, state]) => gruGates(on, x!, h!, state!) };
    }
    default:
      return undefined;
  }
}
