/** Bytes in the units that downloads are given in: 45.4 MB. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1_000_000) return `${(bytes / 1000).toFixed(0)} kB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** A duration in milliseconds with as many digits as mean something: 0.84 ms, 8.4 ms, 84 ms. */
export function formatMilliseconds(ms: number): string {
  return `${ms.toFixed(ms < 1 ? 2 : ms < 10 ? 1 : 0)} ms`;
}

/** An attention weight: four places, as the smallest that matter need. */
export function formatWeight(weight: number): string {
  return weight.toFixed(4);
}

/** A cosine with its true minus sign. */
export function formatCosine(cosine: number): string {
  return cosine.toFixed(4).replace('-', '−');
}

/** An angle: one place below ten degrees. */
export function formatDegrees(degrees: number): string {
  return `${degrees.toFixed(degrees < 10 ? 1 : 0)}°`;
}
