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

/** The colours of a ramp as opaque pixels. */
function paletteOf(ramp: Ramp): Uint32Array {
  const bytes = new Uint8Array((ramp.length / 3) * 4);
  for (let step = 0; step < ramp.length / 3; step += 1) {
    bytes.set(ramp.subarray(3 * step, 3 * step + 3), 4 * step);
    bytes[4 * step + 3] = 255;
  }
  return new Uint32Array(bytes.buffer);
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
  const colours = new Uint32Array(pixels.buffer);
  const palette = paletteOf(ramp);
  const across = cellRanges(matrix.columns, width);
  const down = cellRanges(matrix.rows, height);
  for (const [y, [top, bottom]] of down.entries()) {
    const from = y * width;
    // The same cells as the pixels above and to the left have their colours: most maps have far fewer cells than pixels.
    if (down[y - 1]?.[0] === top) {
      colours.copyWithin(from, from - width, from);
      continue;
    }
    for (const [x, [left, right]] of across.entries()) {
      if (across[x - 1]?.[0] === left) {
        colours[from + x] = colours[from + x - 1]!;
        continue;
      }
      let sum = 0;
      for (let row = top; row < bottom; row += 1) {
        for (let column = left; column < right; column += 1) {
          sum += matrix.data[row * matrix.columns + column] ?? 0;
        }
      }
      const position = tone(sum / ((bottom - top) * (right - left)));
      colours[from + x] = palette[Math.round(position * (palette.length - 1))] ?? 0;
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
