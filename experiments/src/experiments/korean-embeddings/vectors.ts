import { readFileSync, writeFileSync } from 'node:fs';

/** Vectors of one length, row by row. */
export interface Vectors {
  readonly width: number;
  readonly rows: number;
  /** `[rows, width]` */
  readonly data: Float32Array;
}

/** Computes the vectors of texts: a student, or the teacher. */
export type Embed = (texts: readonly string[]) => Promise<Vectors>;

export function vectorsOf(list: readonly Float32Array[]): Vectors {
  const width = list[0]?.length ?? 0;
  const data = new Float32Array(list.length * width);
  for (const [row, vector] of list.entries()) data.set(vector, row * width);
  return { width, rows: list.length, data };
}

export const rowOf = ({ data, width }: Vectors, row: number): Float32Array =>
  data.subarray(row * width, (row + 1) * width);

/** The rows with these indices. */
export const pick = (vectors: Vectors, indices: readonly number[]): Vectors =>
  vectorsOf(indices.map((row) => rowOf(vectors, row)));

/** Four sums at a time: they do not wait for each other. */
export function dot(a: Float32Array, b: Float32Array): number {
  let [w, x, y, z] = [0, 0, 0, 0];
  let i = 0;
  for (; i + 3 < a.length; i += 4) {
    w += a[i]! * b[i]!;
    x += a[i + 1]! * b[i + 1]!;
    y += a[i + 2]! * b[i + 2]!;
    z += a[i + 3]! * b[i + 3]!;
  }
  for (; i < a.length; i++) w += a[i]! * b[i]!;
  return w + x + (y + z);
}

export function writeVectors(path: string, { data }: Vectors): void {
  writeFileSync(path, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
}

export function readVectors(path: string, width: number): Vectors {
  const bytes = readFileSync(path);
  const data = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  return { width, rows: data.length / width, data };
}
