/** The angle between two vectors of length one, in degrees, from their cosine. */
export function angleOf(cosine: number): number {
  return (Math.acos(Math.min(1, Math.max(-1, cosine))) * 180) / Math.PI;
}

/** A point at `degrees` (0 to the right, turning up) and `radius` from a centre, in SVG's downward y. */
export function polar(cx: number, cy: number, radius: number, degrees: number): { x: number; y: number } {
  const angle = (degrees * Math.PI) / 180;
  return { x: cx + radius * Math.cos(angle), y: cy - radius * Math.sin(angle) };
}

/** An SVG path along a circle from one angle to another, both 0 to 180 degrees. */
export function arcPath(cx: number, cy: number, radius: number, from: number, to: number): string {
  const start = polar(cx, cy, radius, from);
  const end = polar(cx, cy, radius, to);
  const sweep = to > from ? 0 : 1;
  const round = (value: number): number => Math.round(value * 100) / 100;
  return `M${round(start.x)} ${round(start.y)}A${radius} ${radius} 0 0 ${sweep} ${round(end.x)} ${round(end.y)}`;
}

/** How near two sentences read, in four steps. */
export type Closeness = 'same' | 'near' | 'loose' | 'apart';

/** A rough word for a cosine of two MiniLM sentence embeddings; the number itself is always shown beside it. */
export function closeness(cosine: number): Closeness {
  if (cosine >= 0.8) return 'same';
  if (cosine >= 0.5) return 'near';
  return cosine >= 0.25 ? 'loose' : 'apart';
}
