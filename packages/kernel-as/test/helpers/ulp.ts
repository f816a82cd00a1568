const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

/** The distance between the two float32 around |x|: one unit in the last place. */
export function ulp(x: number): number {
  const exponent = Math.floor(Math.log2(Math.abs(x)));
  return 2 ** (Math.max(-126, Number.isFinite(exponent) ? exponent : -126) - 23);
}

/** How far a float32 lies from the true value, in units of the true value's last place. */
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

/** Every `step`-th float32 from `low` to `high`, both of one sign, by bit pattern: each exponent gets as many as any other. */
export function everyFloat(low: number, high: number, step: number): Float32Array {
  const [a, b] = [toBits(low), toBits(high)].sort((x, y) => x - y) as [number, number];
  const values = new Float32Array(Math.floor((b - a) / step) + 1);
  new Uint32Array(values.buffer).forEach((_, i, patterns) => {
    patterns[i] = a + i * step;
  });
  return values;
}
