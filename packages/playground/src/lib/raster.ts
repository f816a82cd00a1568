import type { Ramp } from './colour.ts';

/** A matrix of numbers, row-major. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly data: Float32Array;
}

/** Opaque RGBA pixels, row-major. */
export interface Raster {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8ClampedArray<ArrayBuffer>;
}

/** For each pixel of an axis, the half-open range of cells that it covers, at least one. */
function cellRanges(cells: number, pixels: number): Array<readonly [from: number, to: number]> {
  return Array.from({ length: pixels }, (_, pixel) => {
    const from = Math.floor((pixel * cells) / pixels);
    return [from, Math.max(from + 1, Math.floor(((pixel + 1) * cells) / pixels))] as const;
  });
}

/**
 * Draws a matrix into `width` × `height` device pixels. Cells larger than a pixel are sharp rectangles; a pixel that covers
 * several cells shows their mean.
 *
 * @param tone maps a value to a position on the ramp, 0 to 1
 */
export function rasterise(
  matrix: Matrix,
  width: number,
  height: number,
  ramp: Ramp,
  tone: (value: number) => number,
): Raster {
  const pixels = new Uint8ClampedArray(width * height * 4);
  const across = cellRanges(matrix.columns, width);
  const down = cellRanges(matrix.rows, height);
  const last = ramp.length / 3 - 1;
  let at = 0;
  for (const [top, bottom] of down) {
    for (const [left, right] of across) {
      let sum = 0;
      for (let row = top; row < bottom; row += 1) {
        for (let column = left; column < right; column += 1) {
          sum += matrix.data[row * matrix.columns + column] ?? 0;
        }
      }
      const step = Math.round(tone(sum / ((bottom - top) * (right - left))) * last) * 3;
      pixels[at] = ramp[step] ?? 0;
      pixels[at + 1] = ramp[step + 1] ?? 0;
      pixels[at + 2] = ramp[step + 2] ?? 0;
      pixels[at + 3] = 255;
      at += 4;
    }
  }
  return { width, height, pixels };
}

/** The cell of a `rows` × `columns` image under a point; undefined outside the image. */
export function cellAt(
  x: number,
  y: number,
  width: number,
  height: number,
  rows: number,
  columns: number,
): { row: number; column: number } | undefined {
  if (x < 0 || y < 0 || x >= width || y >= height) return undefined;
  return { row: Math.floor((y / height) * rows), column: Math.floor((x / width) * columns) };
}
