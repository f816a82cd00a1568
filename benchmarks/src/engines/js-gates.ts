import type {
  EmbeddingWork,
  GateWork,
  GruWork,
  LstmWork,
  PointwiseWork,
  PoolWork,
  RmsNormWork,
  RotaryWork,
} from '../cases/work.ts';

// Plain loops for what decoders and recurrent cells have besides products.

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

export function rmsNorm({ x, gamma, rows, columns, epsilon }: RmsNormWork): Float32Array {
  const y = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    const start = row * columns;
    let mean = 0;
    for (let i = 0; i < columns; i++) mean += x[start + i]! ** 2 / columns;
    const scale = 1 / Math.sqrt(mean + epsilon);
    for (let i = 0; i < columns; i++) y[start + i] = x[start + i]! * scale * gamma[i]!;
  }
  return y;
}

export function gate({ x, rows, columns }: GateWork): Float32Array {
  const y = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < columns; i++) {
      const left = x[row * 2 * columns + i]!;
      y[row * columns + i] = left * sigmoid(left) * x[row * 2 * columns + columns + i]!;
    }
  }
  return y;
}

/** Not GELU, as JavaScript has no error function. */
export function pointwise({ operation, x, y, factor }: PointwiseWork): (() => Float32Array) | undefined {
  if (operation === 'gelu') return undefined;
  return () => {
    const out = new Float32Array(x.length);
    if (operation === 'add') for (let i = 0; i < x.length; i++) out[i] = x[i]! + y[i]!;
    else for (let i = 0; i < x.length; i++) out[i] = x[i]! * factor;
    return out;
  };
}

export function embedding({ table, ids, columns }: EmbeddingWork): Float32Array {
  const out = new Float32Array(ids.length * columns);
  for (const [i, id] of ids.entries()) out.set(table.subarray(id * columns, (id + 1) * columns), i * columns);
  return out;
}

export function pool({ x, texts, tokens, columns }: PoolWork): Float32Array {
  const out = new Float32Array(texts * columns);
  for (let text = 0; text < texts; text++) {
    const mean = out.subarray(text * columns, (text + 1) * columns);
    for (let token = 0; token < tokens; token++) {
      const row = (text * tokens + token) * columns;
      for (let i = 0; i < columns; i++) mean[i]! += x[row + i]! / tokens;
    }
    let squares = 0;
    for (let i = 0; i < columns; i++) squares += mean[i]! ** 2;
    for (let i = 0; i < columns; i++) mean[i]! /= Math.sqrt(squares);
  }
  return out;
}

export function rotary({ x, tokens, heads, size, cosines, sines }: RotaryWork): Float32Array {
  const y = new Float32Array(x.length);
  const half = size / 2;
  for (let token = 0; token < tokens; token++) {
    for (let head = 0; head < heads; head++) {
      const start = (token * heads + head) * size;
      for (let i = 0; i < half; i++) {
        const [left, right] = [x[start + i]!, x[start + half + i]!];
        const [cos, sin] = [cosines[token * half + i]!, sines[token * half + i]!];
        y[start + i] = left * cos - right * sin;
        y[start + half + i] = right * cos + left * sin;
      }
    }
  }
  return y;
}

export function lstmGates({ gates, cell, rows, size }: LstmWork): Float32Array {
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
}

export function gruGates({ input, hidden, state, rows, size }: GruWork): Float32Array {
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
}
