import type { HeadId } from '../../lib/heads.ts';
import type { Matrix } from '../../lib/raster.ts';
import type { Hearing } from './hearing.ts';

/** A head, or the mean of those that words are timed by. */
export type HeadChoice = HeadId | 'mean';

/** The weights of a head in a window: a row for each token, a column for each 20 ms of sound. */
export function headMap(hearing: Hearing, window: number, { layer, head }: HeadId): Matrix {
  const { tokens, positions } = hearing.windows[window]!;
  const { layers, first } = hearing.captured[window]!;
  const { data, shape } = layers[layer]!.weights;
  const [queries = 0, keys = 0] = shape.slice(-2);
  const map = new Float32Array(tokens.length * positions);
  for (let row = 0; row < tokens.length; row += 1) {
    const at = (head * queries + first + row) * keys;
    map.set(data.subarray(at, at + positions), row * positions);
  }
  return { rows: tokens.length, columns: positions, data: map };
}

/** The map of a choice: of a head, or the mean of the heads that words are timed by. */
export function chosenMap(hearing: Hearing, window: number, choice: HeadChoice): Matrix {
  if (choice !== 'mean') return headMap(hearing, window, choice);
  const maps = hearing.alignment.map((head) => headMap(hearing, window, head));
  const [{ rows, columns } = { rows: 0, columns: 0 }] = maps;
  const data = new Float32Array(rows * columns);
  for (const map of maps) for (let i = 0; i < data.length; i += 1) data[i]! += map.data[i]! / maps.length;
  return { rows, columns, data };
}

/** Cells of a thumbnail along a side. */
export const SIDE = 40;

/** All heads of a window as tones 0–255, [layers × heads, SIDE, SIDE]: of the weights that a cell covers the largest, relative to the head's largest. */
export function thumbnails(hearing: Hearing, window: number): Uint8Array {
  const { layers, heads } = hearing;
  const tones = new Uint8Array(layers * heads * SIDE * SIDE);
  for (let layer = 0; layer < layers; layer += 1) {
    for (let head = 0; head < heads; head += 1) {
      writeThumbnail(headMap(hearing, window, { layer, head }), tones, (layer * heads + head) * SIDE * SIDE);
    }
  }
  return tones;
}

function writeThumbnail({ rows, columns, data }: Matrix, tones: Uint8Array, at: number): void {
  let largest = 1e-9;
  for (const weight of data) if (weight > largest) largest = weight;
  for (let y = 0; y < SIDE; y += 1) {
    const [top, bottom] = covered(y, rows);
    for (let x = 0; x < SIDE; x += 1) {
      const [left, right] = covered(x, columns);
      let most = 0;
      for (let row = top; row < bottom; row += 1) {
        for (let column = left; column < right; column += 1)
          most = Math.max(most, data[row * columns + column] ?? 0);
      }
      tones[at + y * SIDE + x] = Math.round(255 * Math.sqrt(most / largest));
    }
  }
}

/** The half-open range of `size` that a cell of a thumbnail covers, at least one. */
function covered(cell: number, size: number): readonly [from: number, to: number] {
  const from = Math.floor((cell * size) / SIDE);
  return [from, Math.max(from + 1, Math.floor(((cell + 1) * size) / SIDE))];
}
