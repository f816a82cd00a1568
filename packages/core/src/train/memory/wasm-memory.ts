import type { Kernel } from '@headwise/kernel';
import { ConfigError } from '../../errors.ts';
import type { GradientView } from '../gradients/view.ts';
import type { FloatBuffer, TrainingMemory } from './float-buffer.ts';

/** 32-bit floats in a kernel's linear memory. */
export class WasmFloats implements FloatBuffer {
  readonly address: number;
  readonly size: number;
  readonly #kernel: Kernel;
  #view: Float32Array;

  constructor(kernel: Kernel, address: number, size: number) {
    this.#kernel = kernel;
    this.address = address;
    this.size = size;
    this.#view = kernel.memory.f32(address, size);
  }

  get data(): Float32Array {
    // Growth detaches the view; an empty view, too, may not be used then.
    if (this.#view.buffer.byteLength === 0) this.#view = this.#kernel.memory.f32(this.address, this.size);
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
    const buffer = new WasmFloats(this.#kernel, this.#kernel.memory.allocate(size * 4), size);
    buffer.data.fill(0);
    return buffer;
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
