import { sigmoid4, tanh4 } from './math';
import { fma } from './simd';

// The part of a recurrent cell after its matrix products: gates and the new state in one pass over memory. The gates of a row
// are side by side, n values each, in PyTorch's order.

/** Buffer for the last 1…3 values of up to seven inputs, so that no load reaches past a row. */
const tail = memory.data(112, 16);

/** `bytes` bytes, a multiple of 16, of c' = σ(f) · c + σ(i) · tanh(g) and h' = σ(o) · tanh(c'). The gates are `gate` bytes apart. */
function lstmVectors(x: usize, gate: usize, cell: usize, hiddenOut: usize, cellOut: usize, bytes: usize): void {
  for (let at: usize = 0; at < bytes; at += 16) {
    const y = x + at;
    const product = f32x4.mul(sigmoid4(v128.load(y)), tanh4(v128.load(y + 2 * gate)));
    const c = fma(sigmoid4(v128.load(y + gate)), v128.load(cell + at), product);
    v128.store(cellOut + at, c);
    v128.store(hiddenOut + at, f32x4.mul(sigmoid4(v128.load(y + 3 * gate)), tanh4(c)));
  }
}

/**
 * The gates of an LSTM (Hochreiter & Schmidhuber 1997, with the forget gate of Gers et al. 2000):
 * c' = σ(f) · c + σ(i) · tanh(g), h' = σ(o) · tanh(c').
 *
 * @param gates [rows, 4n]: i, f, g, o before their activation functions; @param cell [rows, n]
 * @param hiddenOut [rows, n]; @param cellOut [rows, n], both dense. Strides are in elements.
 */
export function lstmGates(gates: usize, gatesStride: i32, cell: usize, cellStride: i32, hiddenOut: usize, cellOut: usize, rows: i32, n: i32): void {
  const gate = <usize>n << 2;
  const end = <usize>(n & ~3) << 2;
  const rest = gate - end;
  for (let r = 0; r < rows; r++) {
    lstmVectors(gates, gate, cell, hiddenOut, cellOut, end);
    if (rest) {
      for (let k: usize = 0; k < 4; k++) memory.copy(tail + 16 * k, gates + k * gate + end, rest);
      memory.copy(tail + 64, cell + end, rest);
      lstmVectors(tail, 16, tail + 64, tail + 80, tail + 96, 16);
      memory.copy(hiddenOut + end, tail + 80, rest);
      memory.copy(cellOut + end, tail + 96, rest);
    }
    gates += <usize>gatesStride << 2;
    cell += <usize>cellStride << 2;
    hiddenOut += gate;
    cellOut += gate;
  }
}

/** `bytes` bytes, a multiple of 16, of h' = (1 − z) · m + z · h, where m = tanh(xn + r · hn). The gates of x and y are `gate` bytes apart. */
function gruVectors(x: usize, y: usize, gate: usize, state: usize, out: usize, bytes: usize): void {
  for (let at: usize = 0; at < bytes; at += 16) {
    const reset = sigmoid4(f32x4.add(v128.load(x), v128.load(y)));
    const m = tanh4(fma(reset, v128.load(y + 2 * gate), v128.load(x + 2 * gate)));
    const update = sigmoid4(f32x4.add(v128.load(x + gate), v128.load(y + gate)));
    v128.store(out + at, fma(update, f32x4.sub(v128.load(state + at), m), m));
    x += 16;
    y += 16;
  }
}

/**
 * The gates of a GRU (Cho et al. 2014), with the reset gate after the matrix product as in PyTorch and cuDNN:
 * r = σ(xr + hr), z = σ(xz + hz), m = tanh(xn + r · hn), h' = (1 − z) · m + z · h.
 *
 * @param input [rows, 3n]: xr, xz, xn; @param hidden [rows, 3n]: hr, hz, hn; @param state h[rows, n]
 * @param out [rows, n], dense. Strides are in elements.
 */
export function gruGates(
  input: usize, inputStride: i32, hidden: usize, hiddenStride: i32, state: usize, stateStride: i32, out: usize, rows: i32, n: i32,
): void {
  const gate = <usize>n << 2;
  const end = <usize>(n & ~3) << 2;
  const rest = gate - end;
  for (let r = 0; r < rows; r++) {
    gruVectors(input, hidden, gate, state, out, end);
    if (rest) {
      for (let k: usize = 0; k < 3; k++) {
        memory.copy(tail + 16 * k, input + k * gate + end, rest);
        memory.copy(tail + 48 + 16 * k, hidden + k * gate + end, rest);
      }
      memory.copy(tail + 96, state + end, rest);
      gruVectors(tail, tail + 48, 16, tail + 96, tail, 16);
      memory.copy(out + end, tail, rest);
    }
    input += <usize>inputStride << 2;
    hidden += <usize>hiddenStride << 2;
    state += <usize>stateStride << 2;
    out += gate;
  }
}
