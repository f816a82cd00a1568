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

export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

export function writeVectors(path: string, { data }: Vectors): void {
  writeFileSync(path, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
}

export function readVectors(path: string, width: number): Vectors {
  const bytes = readFileSync(path);
  const data = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  return { width, rows: data.length / width, data };
}
