const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

/** One unit in the last place of |x| as float32. */
export function ulp(x: number): number {
  const exponent = Math.floor(Math.log2(Math.abs(x)));
  return 2 ** (Math.max(-126, Number.isFinite(exponent) ? exponent : -126) - 23);
}

/** The error of a float32 in units in the last place of the exact value. */
export function ulpError(got: number, expected: number): number {
  return Math.abs(got - expected) / ulp(expected);
}

export function fromBits(pattern: number): number {
  bits[0] = pattern;
  return float[0]!;
}

export function toBits(x: number): number {
  float[0] = x;
  return bits[0]!;
}

/** Every `step`-th float32 from `low` to `high`, of one sign, by bit pattern: equally many for each exponent. */
export function everyFloat(low: number, high: number, step: number): Float32Array {
  const [a, b] = [toBits(low), toBits(high)].sort((x, y) => x - y) as [number, number];
  const values = new Float32Array(Math.floor((b - a) / step) + 1);
  new Uint32Array(values.buffer).forEach((_, i, patterns) => {
    patterns[i] = a + i * step;
  });
  return values;
}
