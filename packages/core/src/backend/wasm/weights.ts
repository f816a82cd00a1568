import { hasQuantizedFunctions, type Kernel, type KernelExports } from '@headwise/kernel';
import { ConfigError, HeadwiseError } from '../../errors.ts';
import type { LinearWeights, Tensor, WeightType } from '../backend.ts';
import type { WasmTensor } from './tensor.ts';

/** Weights are packed in chunks of this size, so that loading needs little more memory than the packed weights. */
const CHUNK_BYTES = 1 << 20;

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

/** Packs the weights of a linear layer. On failure, memory allocated so far is freed. */
export function packLinear(
  owner: object,
  kernel: Kernel,
  weight: Float32Array,
  bias: Float32Array | undefined,
  inFeatures: number,
  dtype: WeightType,
): WasmLinear {
  if (dtype !== 'f32') requireQuantizedFunctions(kernel, dtype);
  const { memory, exports } = kernel;
  const outFeatures = weight.length / inFeatures;
  const format = linearFormats[dtype];
  const bytes = format.bytes(inFeatures, outFeatures);
  const packed = memory.allocate(bytes);
  const blocks = [packed];
  try {
    packInChunks(kernel, weight, inFeatures, (staging, first, count) =>
      format.pack(exports, staging, inFeatures, outFeatures, first, count, packed),
    );
    if (bias) {
      const padded = new Float32Array(Math.ceil(outFeatures / PANEL) * PANEL);
      padded.set(bias);
      const address = memory.allocate(padded.byteLength);
      blocks.push(address);
      memory.setF32(address, padded);
    }
  } catch (error) {
    for (const block of blocks) memory.free(block);
    throw error;
  }
  return new WasmLinear(owner, bytes + (bias?.byteLength ?? 0), blocks, inFeatures, outFeatures, dtype);
}

/** Packs an embedding table `[rows, width]`. On failure, its memory is freed. */
export function packTable(
  owner: object,
  kernel: Kernel,
  data: Float32Array,
  width: number,
  bits: 8 | 16,
): WasmTable {
  requireQuantizedFunctions(kernel, bits === 16 ? 'f16' : 'q8');
  const { memory, exports } = kernel;
  const rows = data.length / width;
  const format = tableFormats[bits];
  const bytes = format.bytes(rows, width);
  const address = memory.allocate(bytes);
  try {
    packInChunks(kernel, data, width, (staging, first, count) =>
      format.pack(exports, staging, rows, width, first, count, address),
    );
  } catch (error) {
    memory.free(address);
    throw error;
  }
  return new WasmTable(owner, bytes, [address], [rows, width], bits);
}

/** Throws `ConfigError` if a loader created the backend for weights in f32 alone. */
function requireQuantizedFunctions(kernel: Kernel, dtype: WeightType): void {
  if (hasQuantizedFunctions(kernel)) return;
  throw new ConfigError(
    `wasm: this backend was created for a model in f32, and has no functions for weights in ${dtype}: use a backend of createBackend()`,
  );
}

/** Copies rows to linear memory in chunks of whole panels, and calls `pack` for each. */
function packInChunks(
  { memory, stack }: Kernel,
  data: Float32Array,
  width: number,
  pack: (staging: number, first: number, count: number) => void,
): void {
  const total = data.length / width;
  const run = Math.max(PANEL, Math.floor(CHUNK_BYTES / 4 / width / PANEL) * PANEL);
  const mark = stack.mark();
  try {
    const staging = stack.push(Math.min(run, total) * width * 4);
    for (let row = 0; row < total; row += run) {
      const part = data.subarray(row * width, (row + run) * width);
      memory.setF32(staging, part);
      pack(staging, row, part.length / width);
    }
  } finally {
    stack.release(mark);
  }
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
