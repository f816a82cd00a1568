import {
  type OperationName,
  offsetsOf,
  outputsOf,
  type ParametersOf,
  type ValuesOf,
} from '@headwise/operation-cases';
import type { OperationWork, Work } from '../cases/work.ts';
import type { Engine, Prepared } from './engine.ts';
import { headMajor, inputMajor } from './layout.ts';

/** Plain loops on typed arrays: the cost without WebAssembly. */
export const jsEngine: Engine = { name: 'js', threads: 1, prepare };

/** Attention above this takes seconds for one run. */
const mostFlops = 1e9;

function prepare(work: Work): Prepared | undefined {
  const dispose = () => {};
  if (work.kind === 'linear') {
    if (work.parameters.dtype !== 'f32') return undefined;
    const weights = inputMajor(work);
    return { run: () => matmul(work, weights), dispose };
  }
  if (work.kind === 'attention') {
    const operands = headMajor(work);
    const { heads, size, tokens, queryTokens, arrange } = operands;
    if (4 * heads * size * tokens * queryTokens > mostFlops) return undefined;
    return { run: () => attention(operands), arrange, dispose };
  }
  const loop = loops[work.kind as keyof typeof loops] as Loop<unknown, unknown> | undefined;
  if (!loop) return undefined;
  const { parameters, values } = work as OperationWork;
  return { run: () => loop(parameters, values), dispose };
}

type Loop<P, V> = (parameters: P, values: V) => Float32Array;

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

// JavaScript has no error function, so GELU is missing.
const loops: { readonly [N in OperationName]?: Loop<ParametersOf<N>, ValuesOf<N>> } = {
  add(_, { x, y }) {
    const out = new Float32Array(x.length);
    for (let i = 0; i < x.length; i++) out[i] = x[i]! + y[i]!;
    return out;
  },

  scale({ factor }, { x }) {
    const out = new Float32Array(x.length);
    for (let i = 0; i < x.length; i++) out[i] = x[i]! * factor;
    return out;
  },

  conv1d(parameters, { x, weight, bias }) {
    const { lengths, inChannels, outChannels, kernelSize, stride = 1, padding } = parameters;
    const { groups = 1, dilation = 1 } = parameters;
    const before = padding === 'same' ? Math.floor((dilation * (kernelSize - 1)) / 2) : (padding ?? 0);
    const [length = 0] = lengths;
    const [inWidth, outWidth] = [inChannels / groups, outChannels / groups];
    const y = new Float32Array(outputsOf(parameters) * outChannels);
    for (let i = 0; i < y.length; i++) {
      const o = i % outChannels;
      const position = Math.floor(i / outChannels) * stride - before;
      const first = Math.floor(o / outWidth) * inWidth;
      let sum = bias?.[o] ?? 0;
      for (let k = 0; k < kernelSize; k++) {
        const row = position + k * dilation;
        if (row < 0 || row >= length) continue;
        for (let c = 0; c < inWidth; c++) {
          sum += weight[(o * inWidth + c) * kernelSize + k]! * x[row * inChannels + first + c]!;
        }
      }
      y[i] = sum;
    }
    return y;
  },

  softmax: ({ rows, width }, { x }) => softmax(x, rows, width),

  layerNorm({ rows, width, epsilon }, { x, gain, bias }) {
    const y = new Float32Array(rows * width);
    for (let start = 0; start < y.length; start += width) {
      let mean = 0;
      for (let i = 0; i < width; i++) mean += x[start + i]! / width;
      let variance = 0;
      for (let i = 0; i < width; i++) variance += (x[start + i]! - mean) ** 2 / width;
      const scale = 1 / Math.sqrt(variance + epsilon);
      for (let i = 0; i < width; i++) y[start + i] = (x[start + i]! - mean) * scale * gain[i]! + bias[i]!;
    }
    return y;
  },

  rmsNorm({ rows, width, epsilon }, { x, gain }) {
    const y = new Float32Array(rows * width);
    for (let start = 0; start < y.length; start += width) {
      let mean = 0;
      for (let i = 0; i < width; i++) mean += x[start + i]! ** 2 / width;
      const scale = 1 / Math.sqrt(mean + epsilon);
      for (let i = 0; i < width; i++) y[start + i] = x[start + i]! * scale * gain[i]!;
    }
    return y;
  },

  gate({ rows, width }, { x }) {
    const y = new Float32Array(rows * width);
    for (let row = 0; row < rows; row++) {
      for (let i = 0; i < width; i++) {
        const left = x[row * 2 * width + i]!;
        y[row * width + i] = left * sigmoid(left) * x[row * 2 * width + width + i]!;
      }
    }
    return y;
  },

  embedding({ width }, { table, ids }) {
    const out = new Float32Array(ids.length * width);
    for (const [i, id] of ids.entries()) out.set(table.subarray(id * width, (id + 1) * width), i * width);
    return out;
  },

  /** With `normalize`, as benchmarked. */
  meanPool({ lengths, width }, { x }) {
    const out = new Float32Array(lengths.length * width);
    const offsets = offsetsOf(lengths);
    for (const [text, tokens] of lengths.entries()) {
      const mean = out.subarray(text * width, (text + 1) * width);
      for (let row = offsets[text]!; row < offsets[text + 1]!; row++) {
        for (let i = 0; i < width; i++) mean[i]! += x[row * width + i]! / tokens;
      }
      let squares = 0;
      for (let i = 0; i < width; i++) squares += mean[i]! ** 2;
      for (let i = 0; i < width; i++) mean[i]! /= Math.sqrt(squares);
    }
    return out;
  },

  rotary({ rows, heads, headDim, pairs }, { x, cosines, sines }) {
    const y = new Float32Array(x.length);
    for (let row = 0; row < rows; row++) {
      for (let head = 0; head < heads; head++) {
        const start = (row * heads + head) * headDim;
        for (let i = 0; i < pairs; i++) {
          const [left, right] = [x[start + i]!, x[start + pairs + i]!];
          const [cos, sin] = [cosines[row * pairs + i]!, sines[row * pairs + i]!];
          y[start + i] = left * cos - right * sin;
          y[start + pairs + i] = right * cos + left * sin;
        }
      }
    }
    return y;
  },

  lstmGates({ rows, hiddenSize: size }, { gates, cell }) {
    const out = new Float32Array(2 * rows * size);
    for (let row = 0; row < rows; row++) {
      for (let i = 0; i < size; i++) {
        const at = row * 4 * size + i;
        const kept = sigmoid(gates[at + size]!) * cell[row * size + i]!;
        const next = kept + sigmoid(gates[at]!) * Math.tanh(gates[at + 2 * size]!);
        out[row * size + i] = sigmoid(gates[at + 3 * size]!) * Math.tanh(next);
        out[(rows + row) * size + i] = next;
      }
    }
    return out;
  },

  gruGates({ rows, hiddenSize: size }, { input, hidden, state }) {
    const out = new Float32Array(rows * size);
    for (let row = 0; row < rows; row++) {
      for (let i = 0; i < size; i++) {
        const at = row * 3 * size + i;
        const reset = sigmoid(input[at]! + hidden[at]!);
        const update = sigmoid(input[at + size]! + hidden[at + size]!);
        const next = Math.tanh(input[at + 2 * size]! + reset * hidden[at + 2 * size]!);
        out[row * size + i] = (1 - update) * next + update * state[row * size + i]!;
      }
    }
    return out;
  },
};

function matmul({ parameters, values }: OperationWork<'linear'>, weights: Float32Array): Float32Array {
  const { rows: m, inFeatures: k, outFeatures: n } = parameters;
  const { x } = values;
  const out = new Float32Array(m * n);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let l = 0; l < k; l++) sum += x[i * k + l]! * weights[l * n + j]!;
      out[i * n + j] = sum;
    }
  }
  return out;
}

function softmax(x: Float32Array, rows: number, width: number): Float32Array {
  const y = new Float32Array(rows * width);
  for (let start = 0; start < y.length; start += width) {
    let largest = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < width; i++) largest = Math.max(largest, x[start + i]!);
    let sum = 0;
    for (let i = 0; i < width; i++) sum += y[start + i] = Math.exp(x[start + i]! - largest);
    for (let i = 0; i < width; i++) y[start + i]! /= sum;
  }
  return y;
}

function attention(operands: ReturnType<typeof headMajor>): Float32Array {
  const { heads, tokens, queryTokens, size, causal, queries, keys, values } = operands;
  const out = new Float32Array(heads * queryTokens * size);
  for (let head = 0; head < heads; head++) {
    const base = head * tokens * size;
    for (let q = 0; q < queryTokens; q++) {
      const row = (head * queryTokens + q) * size;
      const visible = causal ? tokens - queryTokens + q + 1 : tokens;
      const scores = new Float32Array(visible);
      for (let key = 0; key < visible; key++) {
        let dot = 0;
        for (let i = 0; i < size; i++) dot += queries[row + i]! * keys[base + key * size + i]!;
        scores[key] = dot / Math.sqrt(size);
      }
      const weights = softmax(scores, 1, visible);
      for (let key = 0; key < visible; key++) {
        for (let i = 0; i < size; i++) out[row + i]! += weights[key]! * values[base + key * size + i]!;
      }
    }
  }
  return out;
}
