import type { Kernel } from '@headwise/kernel';
import { ConfigError, HeadwiseError } from '../../errors.ts';
import type { LinearWeights, Tensor, WeightType } from '../backend.ts';
import { type LinearFormat, linearFormats, PANEL, tableFormats } from './formats.ts';

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
