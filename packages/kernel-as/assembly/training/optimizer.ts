// Steps of optimisers over arrays of n values. Arithmetic is in float64, without fused operations: both builds give the same bits.

/** Two f32 values in float64. */
// @ts-ignore: decorator
@inline
function pair(at: usize): v128 {
  return f64x2.promote_low_f32x4(v128.load64_zero(at));
}

/** Rounds two float64 values to f32. */
// @ts-ignore: decorator
@inline
function storePair(at: usize, v: v128): void {
  v128.store64_lane(at, f32x4.demote_f64x2_zero(v), 0);
}

/**
 * A step of Adam (Kingma & Ba 2015) or AdamW (Loshchilov & Hutter 2019): p ·= shrink; g = gradient + weightDecay · p;
 * m = β₁ · m + (1 − β₁) · g; v = β₂ · v + (1 − β₂) · g²; p −= stepSize · m / (√v / correction + ε).
 *
 * @param p the values, changed as m and v
 * @param stepSize learningRate / (1 − β₁ᵗ)
 * @param correction √(1 − β₂ᵗ)
 * @param weightDecay of Adam
 * @param shrink decoupled weight decay, of AdamW: 1 − learningRate · weightDecay
 */
export function adamStep(
  p: usize, gradient: usize, m: usize, v: usize, n: i32,
  stepSize: f64, correction: f64, beta1: f64, beta2: f64, epsilon: f64, weightDecay: f64, shrink: f64,
): void {
  const rest1 = 1 - beta1, rest2 = 1 - beta2;
  // stepSize · m / (√v / correction + ε), with numerator and denominator multiplied by the correction: one division less.
  const step = stepSize * correction, offset = epsilon * correction;
  for (const end = p + (<usize>(n & ~1) << 2); p < end; p += 8) {
    const value = f64x2.mul(pair(p), f64x2.splat(shrink));
    const g = f64x2.add(pair(gradient), f64x2.mul(f64x2.splat(weightDecay), value));
    const first = f64x2.add(f64x2.mul(f64x2.splat(beta1), pair(m)), f64x2.mul(f64x2.splat(rest1), g));
    const second = f64x2.add(
      f64x2.mul(f64x2.splat(beta2), pair(v)), f64x2.mul(f64x2.mul(f64x2.splat(rest2), g), g),
    );
    storePair(m, first);
    storePair(v, second);
    const divisor = f64x2.add(f64x2.sqrt(second), f64x2.splat(offset));
    storePair(p, f64x2.sub(value, f64x2.div(f64x2.mul(f64x2.splat(step), first), divisor)));
    gradient += 8; m += 8; v += 8;
  }
  if (n & 1) {
    const value = <f64>f32.load(p) * shrink;
    const g = <f64>f32.load(gradient) + weightDecay * value;
    const first = beta1 * <f64>f32.load(m) + rest1 * g;
    const second = beta2 * <f64>f32.load(v) + rest2 * g * g;
    f32.store(m, <f32>first);
    f32.store(v, <f32>second);
    f32.store(p, <f32>(value - step * first / (Math.sqrt(second) + offset)));
  }
}

/**
 * A step of stochastic gradient descent: g = gradient + weightDecay · p; without momentum p −= learningRate · g; else
 * b = momentum · b + (1 − dampening) · g, at the first step b = g, and p −= learningRate · b, or with Nesterov momentum
 * p −= learningRate · (g + momentum · b).
 *
 * @param p the values, changed as b
 * @param b the momentum buffer, 0 without momentum
 * @param isFirst whether b has no values yet
 */
export function sgdStep(
  p: usize, gradient: usize, b: usize, n: i32,
  learningRate: f64, momentum: f64, dampening: f64, weightDecay: f64, nesterov: bool, isFirst: bool,
): void {
  const rest = 1 - dampening;
  for (const end = p + (<usize>(n & ~1) << 2); p < end; p += 8) {
    const value = pair(p);
    const g = f64x2.add(pair(gradient), f64x2.mul(f64x2.splat(weightDecay), value));
    let direction = g;
    if (b) {
      if (isFirst) storePair(b, g);
      else storePair(b, f64x2.add(f64x2.mul(f64x2.splat(momentum), pair(b)), f64x2.mul(f64x2.splat(rest), g)));
      const velocity = pair(b);
      direction = nesterov ? f64x2.add(g, f64x2.mul(f64x2.splat(momentum), velocity)) : velocity;
      b += 8;
    }
    storePair(p, f64x2.sub(value, f64x2.mul(f64x2.splat(learningRate), direction)));
    gradient += 8;
  }
  if (n & 1) {
    const value = <f64>f32.load(p);
    const g = <f64>f32.load(gradient) + weightDecay * value;
    let direction = g;
    if (b) {
      f32.store(b, isFirst ? <f32>g : <f32>(momentum * <f64>f32.load(b) + rest * g));
      const velocity = <f64>f32.load(b);
      direction = nesterov ? g + momentum * velocity : velocity;
    }
    f32.store(p, <f32>(value - learningRate * direction));
  }
}
