import type { WeightType } from '../backend/backend.ts';
import type { Checkpoint, TensorInfo, WeightAdapter } from '../weights/types.ts';

/** How a model keeps a tensor. */
export interface TensorUse {
  readonly types: ReadonlySet<WeightType>;
  /** Whether the model's rows are the columns of the tensor. */
  readonly isTransposed: boolean;
}

/** An adapter that changes no weight: it notes how a model that is loaded with it keeps each tensor. */
export class UseRecorder implements WeightAdapter {
  readonly #adapter: WeightAdapter | undefined;
  readonly #uses = new Map<string, { types: Set<WeightType>; isTransposed: boolean }>();
  #checkpoint: Checkpoint | undefined;

  /** `adapter` is merged into the weights before. */
  constructor(adapter?: WeightAdapter) {
    this.#adapter = adapter;
  }

  /** The weights that the model was loaded from; undefined for a model whose weights are not those of a checkpoint. */
  get checkpoint(): Checkpoint | undefined {
    return this.#checkpoint;
  }

  /** The tensors that the model keeps, in the order of the checkpoint. */
  get uses(): readonly (readonly [name: string, use: TensorUse])[] {
    const names = this.#checkpoint?.names ?? [];
    return names.flatMap((name) => {
      const use = this.#uses.get(name);
      return use ? [[name, use] as const] : [];
    });
  }

  mergeInto(stored: Checkpoint): Checkpoint {
    const checkpoint = this.#adapter?.mergeInto(stored) ?? stored;
    this.#checkpoint = checkpoint;
    const info = (name: string): TensorInfo => {
      const plain = checkpoint.info(name);
      const { origin = { tensor: name, types: [] } } = plain;
      const before = origin.isTransposed === true;
      const use = (type: WeightType | 'copy', isTransposed: boolean) => {
        if (type !== 'copy') this.#note(name, type, isTransposed !== before);
      };
      return { ...plain, origin: { ...origin, use } };
    };
    return { names: checkpoint.names, info, read: (name, slice) => checkpoint.read(name, slice) };
  }

  #note(name: string, type: WeightType, isTransposed: boolean): void {
    const known = this.#uses.get(name);
    const use = known ?? { types: new Set<WeightType>(), isTransposed };
    use.types.add(type);
    use.isTransposed = isTransposed;
    if (!known) this.#uses.set(name, use);
  }
}
