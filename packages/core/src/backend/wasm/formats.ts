import type { KernelExports } from '@headwise/kernel';
import type { WeightType } from '../backend.ts';

/** Columns of a packed panel. */
export const PANEL = 8;

/** The kernel functions for weights [n, k] of one type. */
export interface LinearFormat {
  readonly bits: 32 | 16 | 8 | 4;
  /** Bytes of the packed weight. Computed in JavaScript, since the kernel's functions overflow beyond 2³¹. */
  bytes(k: number, n: number): number;
  /** Packs the rows `first` to `first + count` of the weight, which are at `staging`. */
  pack(
    kernel: KernelExports,
    staging: number,
    k: number,
    n: number,
    first: number,
    count: number,
    out: number,
  ): void;
  /** Bytes of scratch memory for a product with `rows` rows. */
  scratch(kernel: KernelExports, rows: number, k: number, n: number): number;
  /** The matrix product. Its last argument is the address of the scratch memory, or 0 for none. */
  multiply(kernel: KernelExports): KernelExports['matmul8'];
}

const paddedChannels = (n: number) => Math.ceil(n / PANEL) * PANEL;

export const linearFormats: Readonly<Record<WeightType, LinearFormat>> = {
  f32: {
    bits: 32,
    bytes: (k, n) => paddedChannels(n) * k * 4,
    pack: (kernel, staging, k, _n, first, count, out) =>
      kernel.packRows(staging, k, k, count, out + first * k * 4),
    scratch: (kernel, rows, k, n) => kernel.matmulScratch(rows, k, n),
    multiply: (kernel) => kernel.matmul,
  },
  f16: {
    bits: 16,
    bytes: (k, n) => paddedChannels(n) * k * 2,
    pack: (kernel, staging, k, n, first, count, out) => kernel.pack16(staging, k, n, first, count, out),
    scratch: (kernel, _rows, k) => kernel.matmul16Scratch(k),
    multiply: (kernel) => kernel.matmul16,
  },
  q8: {
    bits: 8,
    bytes: (k, n) => paddedChannels(n) * (Math.ceil(k / 4) * 4 + 4 + 2 * Math.max(1, Math.ceil(k / 32))),
    pack: (kernel, staging, k, n, first, count, out) => kernel.pack8(staging, k, n, first, count, out),
    scratch: (kernel, _rows, k) => kernel.matmul8Scratch(k),
    multiply: (kernel) => kernel.matmul8,
  },
  q4: {
    bits: 4,
    bytes: (k, n) => (paddedChannels(n) / PANEL) * Math.ceil(k / 32) * 160,
    pack: (kernel, staging, k, n, first, count, out) => kernel.pack4(staging, k, n, first, count, out),
    scratch: (kernel, _rows, k) => kernel.matmul4Scratch(k),
    multiply: (kernel) => kernel.matmul4,
  },
};

/** The kernel functions for embedding tables [rows, width] in 8 or 16 bits. */
interface TableFormat {
  readonly bits: 8 | 16;
  bytes(rows: number, width: number): number;
  pack(
    kernel: KernelExports,
    staging: number,
    rows: number,
    width: number,
    first: number,
    count: number,
    out: number,
  ): void;
}

const paddedWidth = (width: number) => Math.ceil(width / 8) * 8;

export const tableFormats: Readonly<Record<8 | 16, TableFormat>> = {
  8: {
    bits: 8,
    bytes: (rows, width) => rows * (paddedWidth(width) + 4),
    pack: (kernel, staging, rows, width, first, count, out) =>
      kernel.packTable8(staging, rows, width, first, count, out),
  },
  16: {
    bits: 16,
    bytes: (rows, width) => rows * paddedWidth(width) * 2,
    pack: (kernel, staging, rows, width, first, count, out) =>
      kernel.packTable16(staging, rows, width, first, count, out),
  },
};
