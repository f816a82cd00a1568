import { sigmoid4, tanh4 } from '../math';
import { fma, fnma } from '../simd';
import { addLanes, loadLanes } from './lanes';

// Gradients of the gates of recurrent cells. Gates are computed again from their inputs, as in ../recurrent.ts. Gradients that are not needed
// are 0. Strides are in elements.

/** 1 − x. */
// @ts-ignore: decorator
@inline
function rest(x: v128): v128 {
  return f32x4.sub(f32x4.splat(1), x);
}

/** 1 − x². */
// @ts-ignore: decorator
@inline
function restOfSquare(x: v128): v128 {
  return fnma(x, x, f32x4.splat(1));
}

/**
 * The gradient of `lstmGates`. With e = dNextCell + dHidden · o · (1 − tanh²(c')): the gradients of i, f, g, o are e · g, e · c, e · i and
 * dHidden · tanh(c'), each times the derivative of its activation function, and that of c is e · f.
 *
 * @param gates [rows, 4n]; @param cell [rows, n]; @param dHidden [rows, n]; @param dNextCell [rows, n]
 * @param dGates as `gates`, or 0; @param dCell as `cell`, or 0
 */
export function lstmGatesGradient(
  gates: usize, gatesStride: i32, cell: usize, cellStride: i32, dHidden: usize, dHiddenStride: i32, dNextCell: usize, dNextCellStride: i32,
  dGates: usize, dGatesStride: i32, dCell: usize, dCellStride: i32, rows: i32, n: i32,
): void {
  const gate = <usize>n << 2;
  for (let r = 0; r < rows; r++) {
    for (let at: usize = 0; at < gate; at += 16) {
      const lanes = (gate - at) >> 2;
      const x = gates + at;
      const i = sigmoid4(loadLanes(x, lanes)), f = sigmoid4(loadLanes(x + gate, lanes));
      const g = tanh4(loadLanes(x + 2 * gate, lanes)), o = sigmoid4(loadLanes(x + 3 * gate, lanes));
      const c = loadLanes(cell + at, lanes);
      const t = tanh4(fma(f, c, f32x4.mul(i, g)));
      const dh = loadLanes(dHidden + at, lanes);
      const e = fma(f32x4.mul(dh, o), restOfSquare(t), loadLanes(dNextCell + at, lanes));
      if (dCell) addLanes(dCell + at, f32x4.mul(e, f), lanes);
      if (!dGates) continue;
      const to = dGates + at;
      addLanes(to, f32x4.mul(f32x4.mul(e, g), f32x4.mul(i, rest(i))), lanes);
      addLanes(to + gate, f32x4.mul(f32x4.mul(e, c), f32x4.mul(f, rest(f))), lanes);
      addLanes(to + 2 * gate, f32x4.mul(f32x4.mul(e, i), restOfSquare(g)), lanes);
      addLanes(to + 3 * gate, f32x4.mul(f32x4.mul(dh, t), f32x4.mul(o, rest(o))), lanes);
    }
    gates += <usize>gatesStride << 2;
    cell += <usize>cellStride << 2;
    dHidden += <usize>dHiddenStride << 2;
    dNextCell += <usize>dNextCellStride << 2;
    if (dGates) dGates += <usize>dGatesStride << 2;
    if (dCell) dCell += <usize>dCellStride << 2;
  }
}

/**
 * The gradient of `gruGates`. With p = dy · (1 − z) · (1 − m²): the gradients of xn and hn are p and p · r, of r p · hn · r · (1 − r), of z
 * dy · (h − m) · z · (1 − z), and of h dy · z. Gates r and z have the same gradient for both of their terms.
 *
 * @param input [rows, 3n]; @param hidden [rows, 3n]; @param state [rows, n]; @param dy [rows, n]
 * @param dInput as `input`, or 0; @param dHidden as `hidden`, or 0; @param dState as `state`, or 0
 */
export function gruGatesGradient(
  input: usize, inputStride: i32, hidden: usize, hiddenStride: i32, state: usize, stateStride: i32, dy: usize, dyStride: i32,
  dInput: usize, dInputStride: i32, dHidden: usize, dHiddenStride: i32, dState: usize, dStateStride: i32, rows: i32, n: i32,
): void {
  const gate = <usize>n << 2;
  for (let row = 0; row < rows; row++) {
    for (let at: usize = 0; at < gate; at += 16) {
      const lanes = (gate - at) >> 2;
      const x = input + at, y = hidden + at;
      const r = sigmoid4(f32x4.add(loadLanes(x, lanes), loadLanes(y, lanes)));
      const z = sigmoid4(f32x4.add(loadLanes(x + gate, lanes), loadLanes(y + gate, lanes)));
      const hn = loadLanes(y + 2 * gate, lanes);
      const m = tanh4(fma(r, hn, loadLanes(x + 2 * gate, lanes)));
      const g = loadLanes(dy + at, lanes);
      const p = f32x4.mul(f32x4.mul(g, rest(z)), restOfSquare(m));
      const dr = f32x4.mul(f32x4.mul(p, hn), f32x4.mul(r, rest(r)));
      const dz = f32x4.mul(f32x4.mul(g, f32x4.sub(loadLanes(state + at, lanes), m)), f32x4.mul(z, rest(z)));
      if (dState) addLanes(dState + at, f32x4.mul(g, z), lanes);
      if (dInput) {
        addLanes(dInput + at, dr, lanes);
        addLanes(dInput + at + gate, dz, lanes);
        addLanes(dInput + at + 2 * gate, p, lanes);
      }
      if (dHidden) {
        addLanes(dHidden + at, dr, lanes);
        addLanes(dHidden + at + gate, dz, lanes);
        addLanes(dHidden + at + 2 * gate, f32x4.mul(p, r), lanes);
      }
    }
    input += <usize>inputStride << 2;
    hidden += <usize>hiddenStride << 2;
    state += <usize>stateStride << 2;
    dy += <usize>dyStride << 2;
    if (dInput) dInput += <usize>dInputStride << 2;
    if (dHidden) dHidden += <usize>dHiddenStride << 2;
    if (dState) dState += <usize>dStateStride << 2;
  }
}
