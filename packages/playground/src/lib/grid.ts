/** A place in a grid that is walked with the keyboard. */
export interface Place {
  readonly row: number;
  readonly column: number;
}

/**
 * Where a key leads from a place in a grid of `rows` × `columns` (the ARIA grid pattern): arrows by one, Home and
 * End along the row, with Control to the corners, Page Up and Page Down along the column. `undefined` for other keys.
 */
export function walk(
  place: Place,
  key: string,
  rows: number,
  columns: number,
  control = false,
): Place | undefined {
  const { row, column } = place;
  const within = (value: number, count: number): number => Math.min(count - 1, Math.max(0, value));
  switch (key) {
    case 'ArrowLeft':
      return { row, column: within(column - 1, columns) };
    case 'ArrowRight':
      return { row, column: within(column + 1, columns) };
    case 'ArrowUp':
      return { row: within(row - 1, rows), column };
    case 'ArrowDown':
      return { row: within(row + 1, rows), column };
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
