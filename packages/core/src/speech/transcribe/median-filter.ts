/** The median of `width` values around each, an odd number; the ends are reflected. Shorter sequences are returned as they are. */
export function medianFilter(values: Float64Array, width: number): Float64Array {
  const half = (width - 1) / 2;
  const last = values.length - 1;
  if (last < half) return values;
  const around = new Float64Array(width);
  return values.map((_, center) => {
    for (let i = 0; i < width; i++) {
      const at = Math.abs(center + i - half);
      around[i] = values[at > last ? 2 * last - at : at]!;
    }
    return around.sort()[half]!;
  });
}
