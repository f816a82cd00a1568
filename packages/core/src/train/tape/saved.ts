import type { Backend, Tensor } from '../../backend/backend.ts';

/** The values that a tensor had when an operation used it, for the gradient of that operation. */
export class SavedValue {
  readonly shape: readonly number[];
  readonly #backend: Backend;
  #tensor: Tensor;

  /** @param tensor of `backend`, the wrapped backend */
  constructor(backend: Backend, tensor: Tensor) {
    this.shape = tensor.shape;
    this.#backend = backend;
    this.#tensor = tensor;
  }

  /** The values, row-major. Not to be modified. */
  values(): Float32Array {
    return this.#backend.read(this.#tensor);
  }

  /** The values as a tensor of the wrapped backend, for gradients computed there. */
  tensor(): Tensor {
    return this.#tensor;
  }

  /** Copies the values, because the tensor will be written to. */
  detach(): void {
    const copy = this.#backend.zeros(this.shape);
    this.#backend.assign(copy, this.#tensor);
    this.#tensor = copy;
  }
}
