import type { Matrix } from './raster.ts';
import { weightToTone } from './scale.ts';

/** Cells of a thumbnail along a side, at most. */
export const MAX_SIDE = 64;

/** Cells of the thumbnails of maps of `size` rows. */
export const thumbnailSide = (size: number): number => Math.max(1, Math.min(MAX_SIDE, size));

/**
 * Writes a map as tones 0–255 of {@link weightToTone} into `side` × `side` bytes of `target` from `at`. Where a cell covers several weights it
 * has their mean.
 */
export function writeTones(map: Matrix, side: number, target: Uint8Array, at: number): void {
  writeCells(map, side, target, at, (mean) => 255 * weightToTone(mean));
}

/** Writes a map of differences: 128 for none, towards 255 where the weight grew, towards 0 where it shrank. */
export function writeSignedTones(map: Matrix, side: number, target: Uint8Array, at: number): void {
  writeCells(map, side, target, at, (mean) => 128 + 127 * Math.sign(mean) * weightToTone(Math.abs(mean)));
}

function writeCells(
  { rows, columns, data }: Matrix,
  side: number,
  target: Uint8Array,
  at: number,
  tone: (mean: number) => number,
): void {
  for (let y = 0; y < side; y += 1) {
    const [top, bottom] = range(y, rows, side);
    for (let x = 0; x < side; x += 1) {
      const [left, right] = range(x, columns, side);
      let sum = 0;
      for (let row = top; row < bottom; row += 1) {
        for (let column = left; column < right; column += 1) sum += data[row * columns + column] ?? 0;
      }
      const cells = Math.max(1, (bottom - top) * (right - left));
      target[at + y * side + x] = Math.round(tone(sum / cells));
    }
  }
}

/** The half-open range of `cells` that part `index` of `parts` covers. */
function range(index: number, cells: number, parts: number): readonly [from: number, to: number] {
  return [Math.floor((index * cells) / parts), Math.floor(((index + 1) * cells) / parts)];
}
