import { sizeOf } from '../../backend/check.ts';
import { ConfigError } from '../../errors.ts';
import type { FloatArray } from '../../nn/torch/float-array.ts';
import { memorySource } from '../../platform/bytes.ts';
import { Random } from '../../platform/random.ts';
import { unknownTensor } from '../../weights/safetensors/checkpoint.ts';
import { readTensor } from '../../weights/slice.ts';
import type { Checkpoint, TensorData, TensorInfo, TensorSlice } from '../../weights/types.ts';
import type { InitialTensor } from './huggingface-tensors.ts';

/** Values of one tensor: 4 GiB of 32-bit floats, which is all that a WebAssembly memory holds. */
const MAX_VALUES = 2 ** 30;

/** The seed of random weights. */
export interface SeedOptions {
  /** A whole number from 0 to 2³² − 1. Default 0. */
  readonly seed?: number;
}

/**
 * A checkpoint of random weights, drawn when they are read. The random numbers of a tensor are determined by the seed and its name, whatever
 * else is read.
 */
export class InitialCheckpoint implements Checkpoint {
  readonly #tensors: ReadonlyMap<string, InitialTensor>;
  readonly #seed: number;

  /** Throws `ConfigError` for an invalid seed. */
  constructor(tensors: readonly InitialTensor[], { seed = 0 }: SeedOptions = {}) {
    if (!(Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32)) {
      throw new ConfigError(`initial weights: seed must be a whole number from 0 to 2³² − 1, got ${seed}`);
    }
    this.#tensors = new Map(tensors.map((tensor) => [tensor.name, tensor]));
    this.#seed = seed;
  }

  get names(): readonly string[] {
    return [...this.#tensors.keys()];
  }

  info(name: string): TensorInfo {
    return { dtype: 'F32', shape: this.#tensor(name).shape };
  }

  async read(name: string, slice?: TensorSlice): Promise<TensorData> {
    const bytes = new Uint8Array(this.#draw(this.#tensor(name)).buffer);
    return readTensor(memorySource(bytes), 0, this.info(name), slice);
  }

  /** All tensors. */
  stateDict(): Map<string, FloatArray> {
    return new Map(
      [...this.#tensors.values()].map((tensor) => [
        tensor.name,
        { data: this.#draw(tensor), shape: tensor.shape },
      ]),
    );
  }

  #draw({ name, shape, init }: InitialTensor): Float32Array<ArrayBuffer> {
    const size = sizeOf(shape);
    if (size > MAX_VALUES)
      throw new ConfigError(
        `model: ${name} [${shape.join(', ')}] is too large to be created, at most ${MAX_VALUES} values fit`,
      );
    const values = new Float32Array(size);
    init(values, new Random(this.#seed, hash(name)));
    return values;
  }

  #tensor(name: string): InitialTensor {
    const tensor = this.#tensors.get(name);
    if (tensor) return tensor;
    throw unknownTensor(name, 'model', this.names);
  }
}

/** FNV-1a (Fowler, Noll, Vo), 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) value = Math.imul(value ^ byte, 0x01000193);
  return value >>> 0;
}
