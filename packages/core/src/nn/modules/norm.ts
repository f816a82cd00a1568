import type { Backend, Tensor } from '../../backend/backend.ts';

/** What brings the rows of a residual stream to one size: `[rows, features]` → the same. */
export interface Norm {
  forward(backend: Backend, x: Tensor): Tensor;
}
