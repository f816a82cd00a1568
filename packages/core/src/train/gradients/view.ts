import type { FloatBuffer, Floats } from '../memory/float-buffer.ts';

/** Rows of gradients in a buffer: value `i` of row `row` is at `start + row · stride + i` of `data`. */
export class GradientView {
  readonly buffer: FloatBuffer;
  readonly start: number;
  readonly stride: number;
  readonly rows: number;
  readonly width: number;

  constructor(buffer: FloatBuffer, start: number, stride: number, rows: number, width: number) {
    this.buffer = buffer;
    this.start = start;
    this.stride = stride;
    this.rows = rows;
    this.width = width;
  }

  /** The values of the buffer; valid until the next allocation. */
  get data(): Floats {
    return this.buffer.data;
  }

  /** Copies the rows, without gaps. */
  toArray(): Floats {
    const { data, start, stride, rows, width } = this;
    if (stride === width) return data.slice(start, start + rows * width);
    const values =
      data instanceof Float32Array ? new Float32Array(rows * width) : new Float64Array(rows * width);
    for (let row = 0; row < rows; row++) {
      values.set(data.subarray(start + row * stride, start + row * stride + width), row * width);
    }
    return values;
  }
}
