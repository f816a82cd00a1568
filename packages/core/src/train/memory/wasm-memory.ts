import type { Kernel } from '@headwise/kernel';
import { ConfigError } from '../../errors.ts';
import type { GradientView } from '../gradients/view.ts';
import type { FloatBuffer, TrainingMemory } from './float-buffer.ts';

/** 32-bit floats in a kernel's linear memory. */
export class WasmFloats implements FloatBuffer {
  readonly size: number;
  readonly #kernel: Kernel;
  readonly #address: number;
  #view: Float32Array;
  /** Whether the values are still to be set to zero. */
  #isUndefined: boolean;

  /** @param isUndefined whether the values are to be zeros, which are written when they are first used */
  constructor(kernel: Kernel, address: number, size: number, isUndefined = false) {
    this.#kernel = kernel;
    this.#address = address;
    this.size = size;
    this.#view = kernel.memory.f32(address, size);
    this.#isUndefined = isUndefined;
  }

  get address(): number {
    // Zeros are written now.
    if (this.#isUndefined) void this.data;
    return this.#address;
  }

  /** Whether all values are still zeros and none has been used. The caller then has to write all of them, to `address`. */
  takeUndefined(): boolean {
    const wasUndefined = this.#isUndefined;
    this.#isUndefined = false;
    return wasUndefined;
  }

  get data(): Float32Array {
    // Growth detaches the view; an empty view, too, may not be used then.
    if (this.#view.buffer.byteLength === 0) this.#view = this.#kernel.memory.f32(this.#address, this.size);
    if (this.takeUndefined()) this.#view.fill(0);
    return this.#view;
  }

  part(from: number, size: number): WasmFloats {
    return new WasmFloats(this.#kernel, this.address + from * 4, size);
  }
}

/** Blocks of a kernel's linear memory. */
export class WasmTrainingMemory implements TrainingMemory {
  readonly gradientPrecision = 'f32';
  readonly #kernel: Kernel;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  allocate(size: number): WasmFloats {
    return new WasmFloats(this.#kernel, this.#kernel.memory.allocate(size * 4), size, true);
  }

  allocateGradient(size: number): WasmFloats {
    return this.allocate(size);
  }

  release(buffer: FloatBuffer): void {
    this.#kernel.memory.free(addressOf(buffer));
  }
}

/** The address of a buffer, or of the first value of a gradient. Throws `ConfigError` for a buffer outside of linear memory. */
export function addressOf(values: FloatBuffer | GradientView): number {
  if (values instanceof WasmFloats) return values.address;
  if ('buffer' in values && values.buffer instanceof WasmFloats) {
    return values.buffer.address + values.start * 4;
  }
  throw new ConfigError('training: this buffer is not in the memory of a kernel');
}

/**
 * Whether a gradient has no values yet and is a whole buffer: the caller then has to write all of it, in place of adding to it. To be called
 * before {@link addressOf}, which writes zeros.
 */
export function isOverwritten({ buffer, start, stride, rows, width }: GradientView): boolean {
  const isWhole = start === 0 && stride === width && rows * width === buffer.size;
  return isWhole && buffer instanceof WasmFloats && buffer.takeUndefined();
}
