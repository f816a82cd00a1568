/**
 * Dynamic time warping (Sakoe and Chiba 1978): the path of the least sum of costs from the first to the last cell of `cost[rows, columns]`, whose
 * steps go to the next row, the next column, or both.
 */
export function warpingPath(
  cost: Float64Array,
  rows: number,
  columns: number,
): [row: number, column: number][] {
  const width = columns + 1;
  const total = new Float64Array((rows + 1) * width).fill(Infinity);
  total[0] = 0;
  for (let row = 1; row <= rows; row++) {
    for (let column = 1; column <= columns; column++) {
      const at = row * width + column;
      const least = Math.min(total[at - width - 1]!, total[at - width]!, total[at - 1]!);
      total[at] = cost[(row - 1) * columns + column - 1]! + least;
    }
  }
  const path: [number, number][] = [];
  for (let row = rows, column = columns; row > 0 && column > 0; ) {
    path.push([row - 1, column - 1]);
    const at = row * width + column;
    const [both, above, left] = [total[at - width - 1]!, total[at - width]!, total[at - 1]!];
    if (both < above && both < left) {
      row--;
      column--;
    } else if (above < both && above < left) row--;
    else column--;
  }
  return path.reverse();
}
