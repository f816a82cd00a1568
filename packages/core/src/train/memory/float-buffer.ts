/** Values of 32 or 64 bits. */
export type Floats = Float32Array | Float64Array;

/** A block of floats: gradients, parameter values or moments. */
export interface FloatBuffer {
  readonly size: number;
  /** The values. In linear memory a new view at each access, which is valid until the next allocation: growth detaches views. */
  readonly data: Floats;
  /** The values `from` to `from + size`, sharing memory. */
  part(from: number, size: number): FloatBuffer;
}

/** Allocates the buffers of a training run. */
export interface TrainingMemory {
  /** Whether gradients are summed in 64 bits. Parameters and moments have 32. */
  readonly gradientPrecision: 'f32' | 'f64';
  /** Zeros in 32 bits, until {@link release}. */
  allocate(size: number): FloatBuffer;
  /** Zeros in the precision of gradients, until {@link release}. */
  allocateGradient(size: number): FloatBuffer;
  /** Frees a buffer that was allocated here. */
  release(buffer: FloatBuffer): void;
}

/** A JavaScript array. */
export class ArrayFloats implements FloatBuffer {
  readonly data: Floats;

  constructor(data: Floats) {
    this.data = data;
  }

  get size(): number {
    return this.data.length;
  }

  part(from: number, size: number): ArrayFloats {
    return new ArrayFloats(this.data.subarray(from, from + size));
  }
}

/** JavaScript arrays, with gradients in 64 bits. */
export const arrayMemory: TrainingMemory = {
  gradientPrecision: 'f64',
  allocate: (size) => new ArrayFloats(new Float32Array(size)),
  allocateGradient: (size) => new ArrayFloats(new Float64Array(size)),
  release: () => {},
};
