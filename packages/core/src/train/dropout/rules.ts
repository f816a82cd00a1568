import type { Backend, Tensor } from '../../backend/backend.ts';
import type { GradientView } from '../gradients/view.ts';
import { dropoutBits } from './mask.ts';

/** Which values are kept, and their factor. */
export interface DropoutMask {
  /** Selects the mask, with the index of a value in its tensor, row-major. */
  readonly key: number;
  /** Values whose bits are below this are dropped: see `dropoutThreshold`. */
  readonly threshold: number;
  /** 1 / (1 − rate). */
  readonly factor: number;
}

/** Dropout and its gradient. */
export interface DropoutRules {
  /** A new tensor of `backend`, the wrapped backend. */
  output(backend: Backend, x: Tensor, mask: DropoutMask): Tensor;
  /** dx += factor · dy where values are kept. */
  addGradient(dy: GradientView, dx: GradientView, mask: DropoutMask): void;
}

/** Dropout in TypeScript. */
export const typescriptDropout: DropoutRules = {
  output(backend, x, { key, threshold, factor }) {
    const values = backend.read(x);
    const data = new Float32Array(values.length);
    for (let i = 0; i < data.length; i++) {
      if (dropoutBits(key, i) >= threshold) data[i] = values[i]! * factor;
    }
    return backend.tensor(data, x.shape);
  },
  addGradient(dy, dx, { key, threshold, factor }) {
    const { rows, width } = dx;
    const [from, to] = [dy.data, dx.data];
    for (let row = 0; row < rows; row++) {
      const [start, target] = [dy.start + row * dy.stride, dx.start + row * dx.stride];
      for (let i = 0; i < width; i++) {
        if (dropoutBits(key, row * width + i) >= threshold) to[target + i]! += from[start + i]! * factor;
      }
    }
  },
};
