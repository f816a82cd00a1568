/** Bytes in decimal units, e.g. 45.4 MB. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1_000_000) return `${(bytes / 1000).toFixed(0)} kB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** Milliseconds with two significant digits below 100: 0.84 ms, 8.4 ms, 84 ms. */
export function formatMilliseconds(ms: number): string {
  return `${ms.toFixed(ms < 1 ? 2 : ms < 10 ? 1 : 0)} ms`;
}

/** An attention weight with four decimal places. */
export function formatWeight(weight: number): string {
  return weight.toFixed(4);
}

/** A cosine with four decimal places and a typographic minus sign. */
export function formatCosine(cosine: number): string {
  return cosine.toFixed(4).replace('-', '−');
}

/** An angle in degrees, with one decimal place below 10°. */
export function formatDegrees(degrees: number): string {
  return `${degrees.toFixed(degrees < 10 ? 1 : 0)}°`;
}

/** A share of 1 in percent, with one decimal place below 10 %. */
export function formatPercent(share: number): string {
  const percent = 100 * share;
  return `${percent.toFixed(percent < 10 ? 1 : 0)} %`;
}

/** A number with four significant digits and a typographic minus sign. */
export function formatNumber(value: number): string {
  return (Math.abs(value) < 1e-4 && value !== 0 ? value.toExponential(1) : value.toFixed(4)).replace(
    '-',
    '−',
  );
}
