// Gradients of normalisations. Statistics and sums are in float64: the mean of rows far from zero, and sums over thousands of rows, would
// lose digits in f32. One function serves both normalisations: RMS normalisation is layer normalisation with the mean 0.

/** Two f32 values in float64. */
// @ts-ignore: decorator
@inline
function pair(at: usize): v128 {
  return f64x2.promote_low_f32x4(v128.load64_zero(at));
}

// @ts-ignore: decorator
@inline
function sumPair(v: v128): f64 {
  return f64x2.extract_lane(v, 0) + f64x2.extract_lane(v, 1);
}

/** Σ x over n values. */
function sum(x: usize, n: i32): f64 {
  let s0 = f64x2.splat(0), s1 = s0;
  for (const end = x + (<usize>(n & ~3) << 2); x < end; x += 16) {
    s0 = f64x2.add(s0, pair(x));
    s1 = f64x2.add(s1, pair(x + 8));
  }
  let total = sumPair(f64x2.add(s0, s1));
  for (let i = n & 3; i > 0; i--) {
    total += f32.load(x);
    x += 4;
  }
  return total;
}

/** Σ (x − shift)² over n values. */
function squares(x: usize, n: i32, shift: f64): f64 {
  const m = f64x2.splat(shift);
  let s0 = f64x2.splat(0), s1 = s0;
  for (const end = x + (<usize>(n & ~3) << 2); x < end; x += 16) {
    const d0 = f64x2.sub(pair(x), m), d1 = f64x2.sub(pair(x + 8), m);
    s0 = f64x2.add(s0, f64x2.mul(d0, d0));
    s1 = f64x2.add(s1, f64x2.mul(d1, d1));
  }
  let total = sumPair(f64x2.add(s0, s1));
  for (let i = n & 3; i > 0; i--) {
    const d = <f64>f32.load(x) - shift;
    total += d * d;
    x += 4;
  }
  return total;
}

/** Bytes of scratch memory for `layerNormGradient` and `rmsNormGradient`. */
export function normGradientScratch(n: i32): usize {
  return <usize>n << 4;
}

/**
 * The gradient of layer normalisation (Ba et al. 2016), y = x̂ · gain + bias with x̂ = (x − mean) / σ, σ = √(variance + ε). With
 * g = dy · gain: dx[rows, n] += (g − mean(g) − x̂ · mean(g · x̂)) / σ, dGain[n] += Σ dy · x̂, dBias[n] += Σ dy. Strides are in elements.
 *
 * @param dx 0 if not needed, as dGain and dBias
 * @param scratch `normGradientScratch` bytes
 */
export function layerNormGradient(
  x: usize, xStride: i32, gain: usize, dy: usize, dyStride: i32, dx: usize, dxStride: i32, dGain: usize, dBias: usize,
  rows: i32, n: i32, epsilon: f64, scratch: usize,
): void {
  normGradient(x, xStride, gain, dy, dyStride, dx, dxStride, dGain, dBias, rows, n, epsilon, scratch, true);
}

/**
 * The gradient of root mean square normalisation (Zhang & Sennrich 2019), y = x̂ · gain with x̂ = x / r, r = √(mean(x²) + ε). With
 * g = dy · gain: dx[rows, n] += (g − x̂ · mean(g · x̂)) / r, dGain[n] += Σ dy · x̂. Strides are in elements.
 *
 * @param dx 0 if not needed, as dGain
 * @param scratch `normGradientScratch` bytes
 */
export function rmsNormGradient(
  x: usize, xStride: i32, gain: usize, dy: usize, dyStride: i32, dx: usize, dxStride: i32, dGain: usize,
  rows: i32, n: i32, epsilon: f64, scratch: usize,
): void {
  normGradient(x, xStride, gain, dy, dyStride, dx, dxStride, dGain, 0, rows, n, epsilon, scratch, false);
}

function normGradient(
  x: usize, xStride: i32, gain: usize, dy: usize, dyStride: i32, dx: usize, dxStride: i32, dGain: usize, dBias: usize,
  rows: i32, n: i32, epsilon: f64, scratch: usize, centred: bool,
): void {
  const gainSums = scratch, biasSums = scratch + (<usize>n << 3);
  memory.fill(scratch, 0, normGradientScratch(n));
  const withSums = dGain != 0 || dBias != 0;
  for (let r = 0; r < rows; r++) {
    const mean = centred ? sum(x, n) / <f64>n : 0;
    const factor = 1 / Math.sqrt(squares(x, n, mean) / <f64>n + epsilon);
    if (withSums) addRow(x, dy, gainSums, biasSums, n, mean, factor);
    if (dx) inputRow(x, gain, dy, dx, n, mean, factor, centred);
    x += <usize>xStride << 2;
    dy += <usize>dyStride << 2;
    dx += dx ? <usize>dxStride << 2 : 0;
  }
  if (dGain) addSums(gainSums, dGain, n);
  if (dBias) addSums(biasSums, dBias, n);
}

/** gainSums[n] += dy · x̂, biasSums[n] += dy, in float64. */
function addRow(x: usize, dy: usize, gainSums: usize, biasSums: usize, n: i32, mean: f64, factor: f64): void {
  const m = f64x2.splat(mean), f = f64x2.splat(factor);
  for (const end = x + (<usize>(n & ~1) << 2); x < end; x += 8) {
    const g = pair(dy);
    const normalized = f64x2.mul(f64x2.sub(pair(x), m), f);
    v128.store(gainSums, f64x2.add(v128.load(gainSums), f64x2.mul(g, normalized)));
    v128.store(biasSums, f64x2.add(v128.load(biasSums), g));
    dy += 8;
    gainSums += 16;
    biasSums += 16;
  }
  if (n & 1) {
    const g = <f64>f32.load(dy);
    f64.store(gainSums, f64.load(gainSums) + g * ((<f64>f32.load(x) - mean) * factor));
    f64.store(biasSums, f64.load(biasSums) + g);
  }
}

/** dx[n] += the gradient of one row. */
function inputRow(x: usize, gain: usize, dy: usize, dx: usize, n: i32, mean: f64, factor: f64, centred: bool): void {
  const m = f64x2.splat(mean), f = f64x2.splat(factor);
  const whole = <usize>(n & ~1) << 2;
  let sums = f64x2.splat(0), dots = sums;
  for (let i: usize = 0; i < whole; i += 8) {
    const g = f64x2.mul(pair(dy + i), pair(gain + i));
    sums = f64x2.add(sums, g);
    dots = f64x2.add(dots, f64x2.mul(g, f64x2.mul(f64x2.sub(pair(x + i), m), f)));
  }
  let total = sumPair(sums), dot = sumPair(dots);
  if (n & 1) {
    const g = <f64>f32.load(dy + whole) * <f64>f32.load(gain + whole);
    total += g;
    dot += g * ((<f64>f32.load(x + whole) - mean) * factor);
  }
  const meanOfG = centred ? total / <f64>n : 0, meanOfDot = dot / <f64>n;
  const a = f64x2.splat(meanOfG), b = f64x2.splat(meanOfDot);
  for (let i: usize = 0; i < whole; i += 8) {
    const g = f64x2.mul(pair(dy + i), pair(gain + i));
    const normalized = f64x2.mul(f64x2.sub(pair(x + i), m), f);
    const gradient = f64x2.mul(f64x2.sub(f64x2.sub(g, a), f64x2.mul(normalized, b)), f);
    v128.store64_lane(dx + i, f32x4.demote_f64x2_zero(f64x2.add(pair(dx + i), gradient)), 0);
  }
  if (n & 1) {
    const g = <f64>f32.load(dy + whole) * <f64>f32.load(gain + whole);
    const normalized = (<f64>f32.load(x + whole) - mean) * factor;
    const gradient = (g - meanOfG - normalized * meanOfDot) * factor;
    f32.store(dx + whole, <f32>(<f64>f32.load(dx + whole) + gradient));
  }
}

/** to[n] += sums[n], from float64 to f32. */
function addSums(sums: usize, to: usize, n: i32): void {
  for (const end = to + (<usize>n << 2); to < end; to += 4) {
    f32.store(to, <f32>(<f64>f32.load(to) + f64.load(sums)));
    sums += 8;
  }
}
