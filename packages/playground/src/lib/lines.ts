import type { Matrix } from './raster.ts';

/** One line of the head view: from a query on the left to a key on the right. */
export interface Line {
  readonly query: number;
  readonly key: number;
  readonly weight: number;
  readonly path: string;
}

/** The size of a head view: tokens stand in rows of `rowHeight`, lines cross a gap of `width` pixels. */
export interface LineLayout {
  readonly width: number;
  readonly rowHeight: number;
}

/** Weights under this are left undrawn: a line so faint is not seen, and a long sentence has thousands. */
export const FAINTEST_LINE = 0.02;

/** The middle of a token's row, in pixels from the top. */
export function rowCentre(layout: LineLayout, index: number): number {
  return (index + 0.5) * layout.rowHeight;
}

/** A smooth curve between the two sides that leaves and arrives level. */
export function linePath(layout: LineLayout, query: number, key: number): string {
  const from = rowCentre(layout, query);
  const to = rowCentre(layout, key);
  const bend = layout.width * 0.45;
  return `M0 ${from}C${bend} ${from} ${layout.width - bend} ${to} ${layout.width} ${to}`;
}

/** The lines of a map worth drawing, faintest first so that the strong ones lie on top; of one query if given. */
export function attentionLines(map: Matrix, layout: LineLayout, query?: number): Line[] {
  const lines: Line[] = [];
  for (let from = 0; from < map.rows; from += 1) {
    if (query !== undefined && from !== query) continue;
    for (let to = 0; to < map.columns; to += 1) {
      const weight = map.data[from * map.columns + to] ?? 0;
      if (weight < FAINTEST_LINE) continue;
      lines.push({ query: from, key: to, weight, path: linePath(layout, from, to) });
    }
  }
  return lines.sort((a, b) => a.weight - b.weight);
}
