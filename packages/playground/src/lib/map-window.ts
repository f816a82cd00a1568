import type { Matrix } from './raster.ts';

/** The part of a square map that is shown: `span` rows and columns from `row` and `column`. */
export interface MapWindow {
  readonly row: number;
  readonly column: number;
  readonly span: number;
}

/** Fewer cells than this are not worth looking closer. */
export const MIN_SPAN = 8;

export const wholeMap = (size: number): MapWindow => ({ row: 0, column: 0, span: size });

/** The window with its corner moved so that it lies within the map. */
function within({ row, column, span }: MapWindow, size: number): MapWindow {
  const inside = (from: number): number => Math.min(size - span, Math.max(0, Math.round(from)));
  return { row: inside(row), column: inside(column), span };
}

/** A window of another span, `factor` times as many cells, in which the given cell stays where it is. */
export function zoomAt(
  window: MapWindow,
  size: number,
  factor: number,
  cell: { readonly row: number; readonly column: number },
): MapWindow {
  const wanted = Math.round(window.span * factor);
  // Each step changes something.
  const stepped = wanted === window.span ? window.span + Math.sign(factor - 1) : wanted;
  const span = Math.min(size, Math.max(Math.min(MIN_SPAN, size), stepped));
  const share = span / window.span;
  const row = cell.row - (cell.row - window.row) * share;
  const column = cell.column - (cell.column - window.column) * share;
  return within({ row, column, span }, size);
}

/** A window of the same span around a cell. */
export function centreAt(
  { span }: MapWindow,
  size: number,
  cell: { readonly row: number; readonly column: number },
): MapWindow {
  return within({ row: cell.row - span / 2, column: cell.column - span / 2, span }, size);
}

/** The window, moved as little as it takes to show a cell. */
export function follow(
  { row, column, span }: MapWindow,
  cell: { readonly row: number; readonly column: number },
): MapWindow {
  const reach = (from: number, at: number): number => Math.max(at - span + 1, Math.min(from, at));
  return { row: reach(row, cell.row), column: reach(column, cell.column), span };
}

/** The part of a map that a window shows. */
export function crop(map: Matrix, { row, column, span }: MapWindow): Matrix {
  if (span >= map.rows) return map;
  const data = new Float32Array(span * span);
  for (let i = 0; i < span; i += 1) {
    const from = (row + i) * map.columns + column;
    data.set(map.data.subarray(from, from + span), i * span);
  }
  return { rows: span, columns: span, data };
}
