/** What `describe` needs of the catalogues. */
export interface RowWords {
  row(label: string, parts: string): string;
  others(count: number, limit: string): string;
}

/** Weights below are named together. */
const NAMED = 3;

/**
 * One row of attention in words, as a sighted reader sees it first: "it: animal 69 %, [CLS] 10 %, it 6 %; 12 others under 6 %".
 */
export function describe(
  label: string,
  labels: readonly string[],
  weights: Float32Array,
  t: RowWords,
): string {
  const ranked = labels.map((name, i) => ({ name, weight: weights[i] ?? 0 }));
  ranked.sort((a, b) => b.weight - a.weight);
  const percent = (weight: number): string => `${Math.round(100 * weight)} %`;
  const named = ranked.slice(0, NAMED);
  const others = ranked.slice(NAMED);
  const parts = named.map(({ name, weight }) => `${name} ${percent(weight)}`).join(', ');
  const limit = others[0] ? percent(others[0].weight) : '';
  return t.row(label, parts) + (others.length > 0 ? t.others(others.length, limit) : '');
}
