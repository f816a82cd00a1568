import {
  type Checkpoint,
  LoadError,
  type TensorData,
  type TensorInfo,
  type TensorSlice,
} from '@headwise/core';

/** A checkpoint that is read by the main thread: only the slices that a shard requests are sent to it. */
export class RemoteCheckpoint implements Checkpoint {
  readonly names: readonly string[];
  readonly #tensors: ReadonlyMap<string, TensorInfo>;
  readonly #read: (name: string, slice: TensorSlice | undefined) => Promise<TensorData>;

  constructor(
    tensors: readonly (readonly [name: string, info: TensorInfo])[],
    read: (name: string, slice: TensorSlice | undefined) => Promise<TensorData>,
  ) {
    this.#tensors = new Map(tensors);
    this.names = [...this.#tensors.keys()];
    this.#read = read;
  }

  info(name: string): TensorInfo {
    const info = this.#tensors.get(name);
    if (!info) throw new LoadError('unknown-tensor', `the checkpoint has no tensor ${JSON.stringify(name)}`);
    return info;
  }

  /** Also reads the tensors of quantised rows, whose names `origin` of an info says. */
  async read(name: string, slice?: TensorSlice): Promise<TensorData> {
    return this.#read(name, slice);
  }
}
