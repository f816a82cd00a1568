// Vectors at the end of a row: the lanes past it are zeros, and are neither read nor written.

/** The first `lanes` (1 … 4) values at an address. */
// @ts-ignore: decorator
@inline
export function loadLanes(at: usize, lanes: usize): v128 {
  return lanes >= 4 ? v128.load(at) : loadPart(at, lanes);
}

function loadPart(at: usize, lanes: usize): v128 {
  let x = v128.load32_zero(at);
  if (lanes > 1) x = v128.load32_lane(at + 4, x, 1);
  if (lanes > 2) x = v128.load32_lane(at + 8, x, 2);
  return x;
}

/** Adds the first `lanes` (1 … 4) lanes of x to the values at an address. */
// @ts-ignore: decorator
@inline
export function addLanes(at: usize, x: v128, lanes: usize): void {
  if (lanes >= 4) v128.store(at, f32x4.add(v128.load(at), x));
  else addPart(at, x, lanes);
}

function addPart(at: usize, x: v128, lanes: usize): void {
  f32.store(at, f32.load(at) + f32x4.extract_lane(x, 0));
  if (lanes > 1) f32.store(at + 4, f32.load(at + 4) + f32x4.extract_lane(x, 1));
  if (lanes > 2) f32.store(at + 8, f32.load(at + 8) + f32x4.extract_lane(x, 2));
}
