// Operations that peers have no function for, of their element-wise ones.

/** The element-wise operations of a peer on its tensors. */
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

/** silu(left half) · right half */
export function gate<T>({ mul, sigmoid, split }: ElementWise<T>, x: T): T {
  const [left, right] = split(x, 2);
  return mul(mul(left!, sigmoid(left!)), right!);
}

/** The new hidden state σ(o) · tanh(c'), and below it the new cell state c' = σ(f) · c + σ(i) · tanh(g). */
export function lstmGates<T>(on: ElementWise<T>, gates: T, cell: T): T {
  const { add, mul, sigmoid, tanh } = on;
  const [i, f, g, o] = on.split(gates, 4);
  const next = add(mul(sigmoid(f!), cell), mul(sigmoid(i!), tanh(g!)));
  return on.concat([mul(sigmoid(o!), tanh(next)), next], 0);
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
export function rotary<T>({ add, sub, mul, split, concat }: ElementWise<T>, x: T, cosines: T, sines: T): T {
  const [left, right] = split(x, 2);
  const rotated = [
    sub(mul(left!, cosines), mul(right!, sines)),
    add(mul(right!, cosines), mul(left!, sines)),
  ];
  return concat(rotated, -1);
}
