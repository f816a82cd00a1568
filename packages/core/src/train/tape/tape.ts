import type { Backend, Tensor } from '../../backend/backend.ts';
import { HeadwiseError, ShapeError } from '../../errors.ts';
import type { GradientView } from '../gradients/view.ts';
import type { FloatBuffer, Floats, TrainingMemory } from '../memory/float-buffer.ts';
import { SavedValue } from './saved.ts';
import { ownedTensor, type RecordedTensor, type Storage } from './tensor.ts';

/** The gradient of one recorded operation: adds to the gradients of its inputs. */
export type BackwardStep = () => void;

/**
 * The operations of one forward pass in order, and their gradients: reverse-mode automatic differentiation (Griewank & Walther 2008,
 * Evaluating Derivatives, ch. 3).
 *
 * **Views and writes.** A gradient is held for each storage, of the values that the storage has at the point of the tape that the backward
 * pass has reached. Views are parts of it and need no steps of their own. An operation that overwrites values (`assign`, `write`,
 * `attentionContext`) is reversed as in adjoint codes (ibid., §4.2): the gradient of the overwritten part is moved to the source and set to
 * zero, which leaves the gradient of the values before. So nothing is versioned but the values that gradients need: those are read when the
 * backward pass needs them, and copied before their storage is written to (`beforeWrite`).
 *
 * Operations are recorded only if an input depends on a parameter or on a tensor given to {@link watch}.
 */
export class Tape {
  readonly #owner: object;
  readonly #backend: Backend;
  readonly #memory: TrainingMemory;
  readonly #steps: { readonly run: BackwardStep; readonly created: readonly Storage[] }[] = [];
  /** Storages with values that depend on parameters or watched tensors. */
  readonly #active = new Set<Storage>();
  /** Tensors whose gradients are kept after the backward pass. */
  readonly #watched = new Set<Storage>();
  /** Storages that became active since the last recorded step. */
  #created: Storage[] = [];
  readonly #gradients = new Map<Storage, FloatBuffer>();
  /** Values saved for gradients, by storage and part of it. */
  readonly #saved = new Map<Storage, Map<string, SavedValue>>();
  #finished = false;

  /** @param owner the recording backend; @param backend the wrapped backend; @param memory for gradients */
  constructor(owner: object, backend: Backend, memory: TrainingMemory) {
    this.#owner = owner;
    this.#backend = backend;
    this.#memory = memory;
  }

  /** Number of recorded steps. */
  get length(): number {
    return this.#steps.length;
  }

  /** Computes the gradient of this tensor, too: for inputs, and for tests. */
  watch(x: Tensor): void {
    const { storage } = ownedTensor(this.#owner, x);
    this.#active.add(storage);
    this.#watched.add(storage);
  }

  /** @internal */
  isActive(storage: Storage): boolean {
    return this.#active.has(storage) || storage.source?.isTrainable() === true;
  }

  /** Marks a storage as dependent on parameters. @internal */
  activate(storage: Storage): void {
    if (this.#active.has(storage)) return;
    this.#active.add(storage);
    this.#created.push(storage);
  }

  /** @internal */
  push(step: BackwardStep): void {
    this.#steps.push({ run: step, created: this.#created });
    this.#created = [];
  }

  /** Keeps the present values of a tensor. @internal */
  save(x: RecordedTensor): SavedValue {
    let parts = this.#saved.get(x.storage);
    if (!parts) {
      parts = new Map();
      this.#saved.set(x.storage, parts);
    }
    const key = `${x.start},${x.stride},${x.shape.join()}`;
    let saved = parts.get(key);
    if (!saved) {
      saved = new SavedValue(this.#backend, x.value);
      parts.set(key, saved);
    }
    return saved;
  }

  /** To be called before values of a storage are overwritten: copies those that were saved. @internal */
  beforeWrite(storage: Storage): void {
    for (const saved of this.#saved.get(storage)?.values() ?? []) saved.detach();
    this.#saved.delete(storage);
  }

  /** The gradient of a storage, zeros at first. @internal */
  gradient(storage: Storage): FloatBuffer {
    const shared = storage.source?.gradient;
    if (shared) return shared;
    let gradient = this.#gradients.get(storage);
    if (!gradient) {
      gradient = this.#memory.allocateGradient(storage.size);
      this.#gradients.set(storage, gradient);
    }
    return gradient;
  }

  /** The gradient of a tensor, to be added to; undefined if it is not needed. @internal */
  target(x: RecordedTensor | undefined): GradientView | undefined {
    return x && this.isActive(x.storage) ? x.viewOf(this.gradient(x.storage)) : undefined;
  }

  /**
   * Computes the gradients of `loss`, a tensor of one value, and adds those of parameters to `Parameter.gradient`. To be called once.
   *
   * @param seed the gradient of the loss itself. Default 1; with 1/n, the gradients of n batches add up to that of their mean
   */
  backward(loss: Tensor, seed = 1): void {
    const tensor = ownedTensor(this.#owner, loss);
    if (tensor.rows * tensor.width !== 1) {
      throw new ShapeError(`backward: the loss must have one value, got shape [${loss.shape.join(', ')}]`);
    }
    this.backwardFrom(loss, Float32Array.of(seed));
  }

  /** {@link backward} from a tensor of any shape, with the gradient of each of its values. */
  backwardFrom(output: Tensor, gradient: ArrayLike<number>): void {
    const tensor = ownedTensor(this.#owner, output);
    if (this.#finished) {
      throw new HeadwiseError('ERR_RELEASED', 'backward: the tape has been run backwards; record a new one');
    }
    if (gradient.length !== tensor.rows * tensor.width) {
      throw new ShapeError(
        `backward: the gradient must have ${tensor.rows * tensor.width} values, got ${gradient.length}`,
      );
    }
    this.#finished = true;
    const { data, start, stride, rows, width } = tensor.viewOf(this.gradient(tensor.storage));
    for (let row = 0; row < rows; row++) {
      for (let i = 0; i < width; i++) data[start + row * stride + i]! += gradient[row * width + i]!;
    }
    for (let step = this.#steps.pop(); step; step = this.#steps.pop()) {
      step.run();
      // Before this step these storages did not depend on parameters.
      for (const storage of step.created) if (!this.#watched.has(storage)) this.#release(storage);
    }
    for (const [storage, values] of this.#gradients) storage.source?.addGradient(values.data);
  }

  /** Frees all gradients but those of parameters. @internal */
  dispose(): void {
    for (const storage of [...this.#gradients.keys()]) this.#release(storage);
  }

  #release(storage: Storage): void {
    const gradient = this.#gradients.get(storage);
    if (!gradient) return;
    this.#gradients.delete(storage);
    this.#memory.release(gradient);
  }

  /** The gradient of a watched tensor after the backward pass, row-major. */
  gradientOf(x: Tensor): Floats {
    const tensor = ownedTensor(this.#owner, x);
    return tensor.viewOf(this.gradient(tensor.storage)).toArray();
  }
}
