/** A cell of a grid with keyboard navigation. */
export interface GridCell {
  readonly row: number;
  readonly column: number;
}

/**
 * The cell that a key moves to in a grid of `rows` × `columns`, as in the ARIA grid pattern: arrows by one cell, Home and
 * End to the ends of the row, with Control to the corners, Page Up and Page Down to the ends of the column. Undefined for
 * other keys.
 */
export function cellAfterKey(
  cell: GridCell,
  key: string,
  rows: number,
  columns: number,
  control = false,
): GridCell | undefined {
  const { row, column } = cell;
  const clampIndex = (value: number, count: number): number => Math.min(count - 1, Math.max(0, value));
  switch (key) {
    case 'ArrowLeft':
      return { row, column: clampIndex(column - 1, columns) };
    case 'ArrowRight':
      return { row, column: clampIndex(column + 1, columns) };
    case 'ArrowUp':
      return { row: clampIndex(row - 1, rows), column };
    case 'ArrowDown':
      return { row: clampIndex(row + 1, rows), column };
    case 'Home':
      return { row: control ? 0 : row, column: 0 };
    case 'End':
      return { row: control ? rows - 1 : row, column: columns - 1 };
    case 'PageUp':
      return { row: 0, column };
    case 'PageDown':
      return { row: rows - 1, column };
    default:
      return undefined;
  }
}
