/** The angle in degrees of a cosine, which is clamped to [-1, 1]. */
export function cosineToDegrees(cosine: number): number {
  return (Math.acos(Math.min(1, Math.max(-1, cosine))) * 180) / Math.PI;
}

/** A point at `degrees` (0 is right, counter-clockwise) and `radius` from a centre, in SVG coordinates (y down). */
export function polarPoint(
  cx: number,
  cy: number,
  radius: number,
  degrees: number,
): { x: number; y: number } {
  const angle = (degrees * Math.PI) / 180;
  return { x: cx + radius * Math.cos(angle), y: cy - radius * Math.sin(angle) };
}

/** An SVG path of a circular arc between two angles of 0 to 180 degrees. */
export function arcPath(cx: number, cy: number, radius: number, from: number, to: number): string {
  const start = polarPoint(cx, cy, radius, from);
  const end = polarPoint(cx, cy, radius, to);
  const sweep = to > from ? 0 : 1;
  const round = (value: number): number => Math.round(value * 100) / 100;
  return `M${round(start.x)} ${round(start.y)}A${radius} ${radius} 0 0 ${sweep} ${round(end.x)} ${round(end.y)}`;
}

/** Similarity of two sentences in four levels. */
export type SimilarityLevel = 'same' | 'near' | 'loose' | 'apart';

/** Level of a cosine of two MiniLM sentence embeddings; the page shows it beside the number. */
export function similarityLevel(cosine: number): SimilarityLevel {
  if (cosine >= 0.8) return 'same';
  if (cosine >= 0.5) return 'near';
  return cosine >= 0.25 ? 'loose' : 'apart';
}
