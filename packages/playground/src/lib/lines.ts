import type { Matrix } from './raster.ts';

/** One line of the head view, from a query token on the left to a key token on the right. */
export interface Line {
  readonly query: number;
  readonly key: number;
  readonly weight: number;
  readonly path: string;
}

/** Sizes in pixels: height of a token's row, and width of the gap that the lines cross. */
export interface LineLayout {
  readonly width: number;
  readonly rowHeight: number;
}

/** Smaller weights have no line: it would be invisible, and a long sentence has thousands. */
export const MIN_LINE_WEIGHT = 0.02;

/** Vertical centre of a token's row, in pixels from the top. */
export function rowCentre(layout: LineLayout, index: number): number {
  return (index + 0.5) * layout.rowHeight;
}

/** SVG path of a curve between two rows with horizontal ends. */
export function linePath(layout: LineLayout, query: number, key: number): string {
  const from = rowCentre(layout, query);
  const to = rowCentre(layout, key);
  const bend = layout.width * 0.45;
  return `M0 ${from}C${bend} ${from} ${layout.width - bend} ${to} ${layout.width} ${to}`;
}

/** The lines of a map, or of one query or a range of queries if given, in ascending order of weight so that the strongest are drawn on top. */
export function attentionLines(
  map: Matrix,
  layout: LineLayout,
  queries: number | { readonly from: number; readonly to: number } = { from: 0, to: map.rows },
): Line[] {
  const lines: Line[] = [];
  const range = typeof queries === 'number' ? { from: queries, to: queries + 1 } : queries;
  for (let from = range.from; from < Math.min(range.to, map.rows); from += 1) {
    for (let to = 0; to < map.columns; to += 1) {
      const weight = map.data[from * map.columns + to] ?? 0;
      if (weight < MIN_LINE_WEIGHT) continue;
      lines.push({ query: from, key: to, weight, path: linePath(layout, from, to) });
    }
  }
  return lines.sort((a, b) => a.weight - b.weight);
}
