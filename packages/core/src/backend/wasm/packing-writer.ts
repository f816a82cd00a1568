import type { Kernel, KernelExports } from '@headwise/kernel';
import { HeadwiseError } from '../../errors.ts';
import { concatRows, type QuantizedRows, sliceRows } from '../../weights/quantized/rows.ts';
import type { WeightType } from '../backend.ts';
import { checkWeightType } from '../check.ts';
import type { WeightWriter } from '../weight-writer.ts';

/** Rows of a weight that are packed together. */
export const PANEL = 8;

/** Size of the chunks in which weights are packed. */
const CHUNK_BYTES = 1 << 20;

/** A weight that is being packed; see {@link WeightWriter}. */
export class PackingWriter<Weights> implements WeightWriter<Weights> {
  readonly #kernel: Kernel;
  readonly #target: PackingTarget;
  readonly #create: (blocks: readonly number[], bytes: number) => Weights;
  /** Rows after the last whole panel. */
  #pending: Rows[] = [];
  #pendingCount = 0;
  #row = 0;
  #address: number;

  constructor(
    kernel: Kernel,
    target: PackingTarget,
    create: (blocks: readonly number[], bytes: number) => Weights,
  ) {
    this.#kernel = kernel;
    this.#target = target;
    this.#create = create;
    this.#address = kernel.memory.allocate(target.bytes);
  }

  write(rows: Rows): void {
    const { operation, width, dtype } = this.#target;
    const count = countOf(rows, width);
    if (rows instanceof Float32Array) checkWeightType(operation, rows, dtype, this.#written * width);
    let from = 0;
    if (this.#pendingCount > 0) {
      from = Math.min(count, PANEL - this.#pendingCount);
      this.#keep(rows, 0, from);
      if (this.#pendingCount === PANEL) this.#packPending();
    }
    const whole = from + Math.floor((count - from) / PANEL) * PANEL;
    this.#pack(rows, from, whole);
    this.#keep(rows, whole, count);
  }

  finish(bias?: Float32Array): Weights {
    this.#packPending();
    const { memory } = this.#kernel;
    const { rows, bytes } = this.#target;
    if (this.#row !== rows) {
      throw new HeadwiseError('ERR_INTERNAL', `wasm: a weight of ${rows} rows got ${this.#row}`);
    }
    const blocks = [this.#address];
    if (bias) {
      const padded = new Float32Array(Math.ceil(rows / PANEL) * PANEL);
      padded.set(bias);
      const address = memory.allocate(padded.byteLength);
      blocks.push(address);
      memory.setF32(address, padded);
    }
    this.#address = 0;
    return this.#create(blocks, bytes + (bias?.byteLength ?? 0));
  }

  discard(): void {
    if (this.#address !== 0) this.#kernel.memory.free(this.#address);
    this.#address = 0;
  }

  get #written(): number {
    return this.#row + this.#pendingCount;
  }

  #keep(rows: Rows, from: number, to: number): void {
    if (from < to) this.#pending.push(slice(rows, from, to, this.#target.width));
    this.#pendingCount += to - from;
  }

  #packPending(): void {
    const [parts, count] = [this.#pending, this.#pendingCount];
    [this.#pending, this.#pendingCount] = [[], 0];
    if (count > 0) this.#pack(joined(parts, this.#target.width), 0, count);
  }

  /** Copies rows to linear memory in chunks of whole panels, and packs them. */
  #pack(rows: Rows, from: number, to: number): void {
    const { memory, stack, exports } = this.#kernel;
    const { width, pack, place } = this.#target;
    const run = chunkRows(width);
    const mark = stack.mark();
    try {
      for (let row = from; row < to; row += run) {
        const part = slice(rows, row, Math.min(to, row + run), width);
        const count = countOf(part, width);
        if (part instanceof Float32Array) {
          const staging = stack.push(part.byteLength);
          memory.setF32(staging, part);
          pack(exports, staging, this.#row, count, this.#address);
        } else {
          const valueBytes = Math.ceil(part.values.length / 4) * 4;
          const staging = stack.push(valueBytes + part.scales.byteLength);
          memory.u8(staging, part.values.length).set(part.values);
          memory.setF32(staging + valueBytes, part.scales);
          place(exports, staging, this.#row, count, this.#address);
        }
        stack.release(mark);
        this.#row += count;
      }
    } finally {
      stack.release(mark);
    }
  }
}

type Rows = Float32Array | QuantizedRows;

/** Where rows are packed to, and how. */
export interface PackingTarget {
  /** For error messages. */
  readonly operation: string;
  readonly dtype: WeightType;
  readonly rows: number;
  readonly width: number;
  readonly bytes: number;
  /** Packs `count` rows of floats at `staging`, the first of which is row `first`. */
  pack(kernel: KernelExports, staging: number, first: number, count: number, out: number): void;
  /** As `pack`, of quantised rows: their values, padded to a multiple of 4 bytes, then their scales. */
  place(kernel: KernelExports, staging: number, first: number, count: number, out: number): void;
}

function countOf(rows: Rows, width: number): number {
  return rows instanceof Float32Array ? rows.length / width : rows.rows;
}

function slice(rows: Rows, from: number, to: number, width: number): Rows {
  return rows instanceof Float32Array ? rows.subarray(from * width, to * width) : sliceRows(rows, from, to);
}

/** Consecutive rows as one. */
function joined(parts: readonly Rows[], width: number): Rows {
  const [first, ...others] = parts as [Rows, ...Rows[]];
  if (others.length === 0) return first;
  if (!(first instanceof Float32Array)) return concatRows([first, ...(others as QuantizedRows[])]);
  const all = new Float32Array(parts.reduce((sum, part) => sum + countOf(part, width), 0) * width);
  let at = 0;
  for (const part of parts as readonly Float32Array[]) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Rows that are packed at a time: whole panels of about 1 MB as floats, so that loading needs little more memory than the packed weights. */
function chunkRows(width: number): number {
  return Math.max(PANEL, Math.floor(CHUNK_BYTES / 4 / width / PANEL) * PANEL);
}
