import type { Kernel, KernelExports } from '@headwise/kernel';
import { ConfigError, HeadwiseError } from '../../errors.ts';
import type { LinearWeights, Tensor, WeightType } from '../backend.ts';
import { requireExtendedFunctions } from './extended.ts';
import { PANEL, type PackingTarget, PackingWriter } from './packing-writer.ts';
import type { WasmTensor } from './tensor.ts';

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

/** Packed weights in blocks of linear memory. */
class PackedWeights {
  /** The backend that created them. */
  readonly owner: object;
  readonly bytes: number;
  readonly blocks: readonly number[];
  released = false;

  constructor(owner: object, bytes: number, blocks: readonly number[]) {
    this.owner = owner;
    this.bytes = bytes;
    this.blocks = blocks;
  }
}

/** A weight in one of the kernel's packed formats, and its bias, padded to whole panels. */
export class WasmLinear extends PackedWeights implements LinearWeights {
  readonly inFeatures: number;
  readonly outFeatures: number;
  readonly dtype: WeightType;
  readonly format: LinearFormat;
  readonly packed: number;
  /** Address of the bias, 0 for none. */
  readonly bias: number;

  constructor(
    owner: object,
    bytes: number,
    blocks: readonly number[],
    k: number,
    n: number,
    dtype: WeightType,
  ) {
    super(owner, bytes, blocks);
    this.inFeatures = k;
    this.outFeatures = n;
    this.dtype = dtype;
    this.format = linearFormats[dtype];
    this.packed = blocks[0]!;
    this.bias = blocks[1] ?? 0;
  }
}

/** An embedding table in 8 or 16 bits, for `embedding` only. */
export class WasmTable extends PackedWeights implements Tensor {
  readonly shape: readonly number[];
  readonly bits: 8 | 16;

  constructor(
    owner: object,
    bytes: number,
    blocks: readonly number[],
    shape: readonly number[],
    bits: 8 | 16,
  ) {
    super(owner, bytes, blocks);
    this.shape = shape;
    this.bits = bits;
  }

  get address(): number {
    return this.blocks[0]!;
  }
}

export type WasmWeights = WasmLinear | WasmTable;

/** A writer of a linear layer's weight `[outFeatures, inFeatures]`. */
export function writeLinear(
  owner: object,
  kernel: Kernel,
  outFeatures: number,
  inFeatures: number,
  dtype: WeightType,
): PackingWriter<WasmLinear> {
  if (dtype !== 'f32') requireExtendedFunctions(kernel, `weights in ${dtype}`);
  const format = linearFormats[dtype];
  const target: PackingTarget = {
    operation: 'linear',
    dtype,
    rows: outFeatures,
    width: inFeatures,
    bytes: format.bytes(inFeatures, outFeatures),
    pack: (exports, staging, first, count, out) =>
      format.pack(exports, staging, inFeatures, outFeatures, first, count, out),
    place: (exports, staging, first, count, out) =>
      exports[dtype === 'q4' ? 'place4' : 'place8'](staging, inFeatures, outFeatures, first, count, out),
  };
  return new PackingWriter(
    kernel,
    target,
    (blocks, bytes) => new WasmLinear(owner, bytes, blocks, inFeatures, outFeatures, dtype),
  );
}

/** A writer of an embedding table `[rows, width]` in 8 or 16 bits. */
export function writeTable(
  owner: object,
  kernel: Kernel,
  rows: number,
  width: number,
  dtype: Exclude<WeightType, 'f32'>,
): PackingWriter<WasmTable> {
  requireExtendedFunctions(kernel, `weights in ${dtype}`);
  const bits = dtype === 'f16' ? 16 : 8;
  const format = tableFormats[bits];
  const target: PackingTarget = {
    operation: 'embeddingTable',
    dtype,
    rows,
    width,
    bytes: format.bytes(rows, width),
    pack: (exports, staging, first, count, out) =>
      format.pack(exports, staging, rows, width, first, count, out),
    place: (_, staging, first, count, out) => {
      const padded = paddedWidth(width);
      const table = kernel.memory.u8(out, rows * (padded + 4));
      const from = kernel.memory.u8(staging, Math.ceil((count * width) / 4) * 4 + count * 4);
      table.fill(0, first * padded, (first + count) * padded);
      for (let row = 0; row < count; row++)
        table.set(from.subarray(row * width, (row + 1) * width), (first + row) * padded);
      table.set(from.subarray(-count * 4), rows * padded + first * 4);
    },
  };
  return new PackingWriter(
    kernel,
    target,
    (blocks, bytes) => new WasmTable(owner, bytes, blocks, [rows, width], bits),
  );
}

/** A writer of a table `[rows, width]` of 32-bit floats. */
export function writeFloats(
  kernel: Kernel,
  rows: number,
  width: number,
  create: (address: number) => Tensor,
): PackingWriter<Tensor> {
  const target: PackingTarget = {
    operation: 'embeddingTable',
    dtype: 'f32',
    rows,
    width,
    bytes: rows * width * 4,
    pack: (exports, staging, first, count, out) =>
      exports.copyRows(staging, width, out + first * width * 4, width, count, width),
    place: () => {
      throw new HeadwiseError('ERR_INTERNAL', 'wasm: quantised rows were written to a table of floats');
    },
  };
  return new PackingWriter(kernel, target, ([address]) => create(address!));
}

/** Throws `ConfigError` for weights of another backend or kind, and `ERR_RELEASED` for released ones. */
export function ownedWeights<W extends WasmWeights>(
  owner: object,
  weights: LinearWeights | Tensor,
  type: abstract new (...args: never) => W,
): W {
  if (!(weights instanceof type && weights.owner === owner)) {
    throw new ConfigError('wasm: these weights belong to another backend');
  }
  if (weights.released)
    throw new HeadwiseError('ERR_RELEASED', 'wasm: weights were used after their release');
  return weights;
}

/** Writes rows of a table, a packed table or the weight of a linear layer to `out[ids.length, width]`. */
export function embedding(
  { memory, stack, exports }: Kernel,
  table: WasmTensor | WasmTable | WasmLinear,
  ids: Int32Array,
  { rows, width, first }: { rows: number; width: number; first: number },
  out: WasmTensor,
): void {
  const mark = stack.mark();
  try {
    const list = stack.push(ids.byteLength);
    memory.setI32(list, ids);
    const { address } = out;
    if (table instanceof WasmLinear && table.dtype === 'f32') {
      exports.gatherPanels(table.packed, first, rows, width, list, ids.length, address);
    } else if (table instanceof WasmLinear) {
      exports.gatherLinear(table.packed, table.format.bits, first, rows, width, list, ids.length, address);
    } else if (table instanceof WasmTable) {
      const row = stack.push((width + 7) * 4);
      exports.gatherPacked(table.address, table.bits, first, rows, width, list, ids.length, address, row);
    } else {
      exports.gather(table.address, first, rows, width, list, ids.length, address, 0);
    }
  } finally {
    stack.release(mark);
  }
}
