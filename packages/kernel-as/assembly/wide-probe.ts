// A module of its own, with its own memory: whether the engine joins operations shows in time alone. See src/wide/probe.ts.

/** Where `pairs` stores its results: an argument of it, since operations at constant addresses are not joined. */
export const pairsAt: usize = memory.data(14 * 32, 16);

/**
 * Multiplies 14 vectors by 1, `steps` times, and stores them in neighbouring places, so that the engine may join them, or apart. As many vectors as
 * fit into registers: fewer would take the same time joined, since each product waits for the previous one.
 */
export function pairs(at: usize, neighbours: bool, steps: i32): void {
  if (neighbours) multiply<Neighbours>(at, steps);
  else multiply<Apart>(at, steps);
}

/** Bytes between results as type arguments: `offsetof` is a compile-time constant (see matmul/rows.ts). */
@unmanaged class Neighbours { a: u64; b: u64 }
@unmanaged class Apart { a: u64; b: u64; c: u64; d: u64 }

// @ts-ignore: decorator
@inline
function multiply<S>(at: usize, steps: i32): void {
  const one = f32x4.splat(1);
  let x0 = v128.load(at), x1 = v128.load(at, offsetof<S>()), x2 = v128.load(at, 2 * offsetof<S>()), x3 = v128.load(at, 3 * offsetof<S>());
  let x4 = v128.load(at, 4 * offsetof<S>()), x5 = v128.load(at, 5 * offsetof<S>()), x6 = v128.load(at, 6 * offsetof<S>());
  let x7 = v128.load(at, 7 * offsetof<S>()), x8 = v128.load(at, 8 * offsetof<S>()), x9 = v128.load(at, 9 * offsetof<S>());
  let x10 = v128.load(at, 10 * offsetof<S>()), x11 = v128.load(at, 11 * offsetof<S>()), x12 = v128.load(at, 12 * offsetof<S>());
  let x13 = v128.load(at, 13 * offsetof<S>());
  for (; steps > 0; steps--) {
    x0 = f32x4.mul(x0, one); x1 = f32x4.mul(x1, one); x2 = f32x4.mul(x2, one); x3 = f32x4.mul(x3, one);
    x4 = f32x4.mul(x4, one); x5 = f32x4.mul(x5, one); x6 = f32x4.mul(x6, one); x7 = f32x4.mul(x7, one);
    x8 = f32x4.mul(x8, one); x9 = f32x4.mul(x9, one); x10 = f32x4.mul(x10, one); x11 = f32x4.mul(x11, one);
    x12 = f32x4.mul(x12, one); x13 = f32x4.mul(x13, one);
  }
  v128.store(at, x0); v128.store(at, x1, offsetof<S>()); v128.store(at, x2, 2 * offsetof<S>()); v128.store(at, x3, 3 * offsetof<S>());
  v128.store(at, x4, 4 * offsetof<S>()); v128.store(at, x5, 5 * offsetof<S>()); v128.store(at, x6, 6 * offsetof<S>());
  v128.store(at, x7, 7 * offsetof<S>()); v128.store(at, x8, 8 * offsetof<S>()); v128.store(at, x9, 9 * offsetof<S>());
  v128.store(at, x10, 10 * offsetof<S>()); v128.store(at, x11, 11 * offsetof<S>()); v128.store(at, x12, 12 * offsetof<S>());
  v128.store(at, x13, 13 * offsetof<S>());
}
