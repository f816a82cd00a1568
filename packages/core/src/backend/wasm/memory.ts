import type { Kernel } from '@headwise/kernel';
import { ConfigError, HeadwiseError } from '../../errors.ts';
import type { LinearWeights, Tensor, WeightType } from '../backend.ts';
import * as check from '../check.ts';
import { checkConcat, checkReshape, checkWindows } from '../check-views.ts';
import type { WeightWriter } from '../weight-writer.ts';
import { ownedTensor, type Scope, WasmTensor } from './tensor.ts';
import {
  ownedWeights,
  WasmLinear,
  WasmTable,
  type WasmWeights,
  writeFloats,
  writeLinear,
  writeTable,
} from './weights.ts';

/**
 * The memory operations of {@link WasmBackend}: activations on a stack that scopes release, weights in separately allocated blocks, and
 * views of both.
 */
export abstract class WasmMemory {
  /** The instance of the kernel: its functions and its memory. */
  readonly kernel: Kernel;
  readonly #constants = new Map<WasmTensor, Scope>();
  readonly #scopes: Scope[] = [];
  #weightBytes = 0;

  constructor(kernel: Kernel) {
    this.kernel = kernel;
  }

  constant(data: Float32Array, shape: readonly number[]): Tensor {
    check.checkValues('constant', data.length, shape);
    const { memory } = this.kernel;
    const address = memory.allocate(data.byteLength);
    memory.setF32(address, data);
    return this.#constant(address, shape);
  }

  linearWeights(
    weight: Float32Array,
    bias: Float32Array | undefined,
    inFeatures: number,
    dtype: WeightType = 'f32',
  ): LinearWeights {
    const { outFeatures } = check.checkLinearWeights(weight, bias, inFeatures);
    return written(this.linearWriter(outFeatures, inFeatures, dtype), weight, bias);
  }

  embeddingTable(data: Float32Array, width: number, dtype: WeightType = 'f32'): Tensor {
    const { rows } = check.checkEmbeddingTable(data.length, width);
    return written(this.tableWriter(rows, width, dtype), data);
  }

  linearWriter(outFeatures: number, inFeatures: number, dtype: WeightType): WeightWriter<LinearWeights> {
    return this.#counted(writeLinear(this, this.kernel, outFeatures, inFeatures, dtype));
  }

  tableWriter(rows: number, width: number, dtype: WeightType): WeightWriter<Tensor> {
    if (dtype === 'f32') {
      return writeFloats(this.kernel, rows, width, (address) => this.#constant(address, [rows, width]));
    }
    return this.#counted(writeTable(this, this.kernel, rows, width, dtype));
  }

  release(weights: Tensor | LinearWeights): void {
    const { memory } = this.kernel;
    if (weights instanceof WasmTensor) {
      if (weights.scope.owner !== this) throw new ConfigError('wasm: this tensor belongs to another backend');
      const scope = this.#constants.get(weights);
      if (!scope)
        throw new HeadwiseError(
          'ERR_RELEASED',
          'wasm: release expects a constant that has not been released',
        );
      this.#constants.delete(weights);
      scope.open = false;
      memory.free(weights.address);
      this.#weightBytes -= check.sizeOf(weights.shape) * 4;
      return;
    }
    const packed =
      weights instanceof WasmTable
        ? ownedWeights(this, weights, WasmTable)
        : ownedWeights(this, weights, WasmLinear);
    packed.released = true;
    for (const block of packed.blocks) memory.free(block);
    this.#weightBytes -= packed.bytes;
  }

  get weightBytes(): number {
    return this.#weightBytes;
  }

  /** Size of the linear memory in bytes, used or not. */
  get memoryBytes(): number {
    return this.kernel.memory.byteLength;
  }

  openScope(): () => void {
    const mark = this.kernel.stack.mark();
    const scope: Scope = { owner: this, open: true };
    this.#scopes.push(scope);
    return () => {
      if (this.#scopes.at(-1) !== scope) {
        throw new HeadwiseError(
          'ERR_SCOPE',
          'wasm: scopes must close in the reverse of the order in which they opened',
        );
      }
      this.#scopes.pop();
      scope.open = false;
      this.kernel.stack.release(mark);
    };
  }

  tensor(data: Float32Array, shape: readonly number[]): Tensor {
    check.checkValues('tensor', data.length, shape);
    const tensor = this.allocate(shape);
    this.kernel.memory.setF32(tensor.address, data);
    return tensor;
  }

  zeros(shape: readonly number[]): Tensor {
    check.checkShape('zeros', shape);
    const tensor = this.allocate(shape);
    this.kernel.memory.f32(tensor.address, check.sizeOf(shape)).fill(0);
    return tensor;
  }

  read(x: Tensor, into?: Float32Array): Float32Array {
    const tensor = ownedTensor(this, x);
    const { memory } = this.kernel;
    const size = check.sizeOf(tensor.shape);
    const values = into?.length === size ? into : new Float32Array(size);
    const [rows, width] = tensor.isContiguous ? [1, size] : [tensor.rows, tensor.width];
    for (let row = 0; row < rows; row++) {
      values.set(memory.f32(tensor.address + row * tensor.stride * 4, width), row * width);
    }
    return values;
  }

  write(x: Tensor, data: Float32Array): void {
    const tensor = ownedTensor(this, x);
    check.checkValues('write', data.length, tensor.shape);
    for (let row = 0; row < tensor.rows; row++) {
      const values = data.subarray(row * tensor.width, (row + 1) * tensor.width);
      this.kernel.memory.setF32(tensor.address + row * tensor.stride * 4, values);
    }
  }

  assign(to: Tensor, x: Tensor): void {
    check.checkSameShape('assign', to, x);
    const target = ownedTensor(this, to);
    this.#copyRows(ownedTensor(this, x), target.address, target.stride);
  }

  columns(x: Tensor, from: number, to: number): Tensor {
    const { rows } = check.checkRange('columns', x, from, to);
    const { address, scope, stride } = ownedTensor(this, x);
    return new WasmTensor(address + from * 4, [rows, to - from], scope, stride);
  }

  rows(x: Tensor, from: number, to: number): Tensor {
    const { features } = check.checkRange('rows', x, from, to);
    const { address, scope, stride } = ownedTensor(this, x);
    return new WasmTensor(address + from * stride * 4, [to - from, features], scope, stride);
  }

  reshape(x: Tensor, shape: readonly number[]): Tensor {
    checkReshape(x, shape);
    const { address, scope } = this.contiguous(x);
    return new WasmTensor(address, [...shape], scope);
  }

  windows(x: Tensor, size: number, step: number): Tensor {
    const shape = checkWindows(x, size, step);
    const { address, scope, width } = this.contiguous(x);
    return new WasmTensor(address, shape, scope, step * width);
  }

  concat(parts: readonly Tensor[], axis: 0 | 1): Tensor {
    const out = this.allocate(checkConcat(parts, axis));
    let address = out.address;
    for (const part of parts) {
      const from = ownedTensor(this, part);
      this.#copyRows(from, address, out.stride);
      address += (axis === 0 ? from.rows * out.stride : from.width) * 4;
    }
    return out;
  }

  /** Allocates an activation with undefined values. */
  protected allocate(shape: readonly number[]): WasmTensor {
    const scope = this.#scopes.at(-1);
    if (!scope)
      throw new HeadwiseError('ERR_SCOPE', 'wasm: activations must be created in a scope (withScope)');
    return new WasmTensor(this.kernel.stack.push(check.sizeOf(shape) * 4), [...shape], scope);
  }

  protected copy(x: WasmTensor): WasmTensor {
    const out = this.allocate(x.shape);
    this.#copyRows(x, out.address, out.stride);
    return out;
  }

  /** The tensor itself if it is contiguous, else a contiguous copy. */
  protected contiguous(x: Tensor): WasmTensor {
    const tensor = ownedTensor(this, x);
    return tensor.isContiguous ? tensor : this.copy(tensor);
  }

  /** Copies a tensor's rows to `address`, `stride` elements apart. */
  #copyRows(from: WasmTensor, address: number, stride: number): void {
    this.kernel.exports.copyRows(from.address, from.stride, address, stride, from.rows, from.width);
  }

  #constant(address: number, shape: readonly number[]): Tensor {
    const scope: Scope = { owner: this, open: true };
    const tensor = new WasmTensor(address, [...shape], scope);
    this.#constants.set(tensor, scope);
    this.#weightBytes += check.sizeOf(shape) * 4;
    return tensor;
  }

  /** A writer whose weights count in {@link weightBytes} once they are finished. */
  #counted<W extends WasmWeights>(writer: WeightWriter<W>): WeightWriter<W> {
    return {
      write: (rows) => writer.write(rows),
      finish: (bias) => {
        const weights = writer.finish(bias);
        this.#weightBytes += weights.bytes;
        return weights;
      },
      discard: () => writer.discard(),
    };
  }
}

/** The weights of which all rows are in `data`. */
function written<W>(writer: WeightWriter<W>, data: Float32Array, bias?: Float32Array): W {
  try {
    writer.write(data);
    return writer.finish(bias);
  } catch (error) {
    writer.discard();
    throw error;
  }
}
