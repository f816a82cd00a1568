import { memorySource } from '../../platform/bytes.ts';
import { unknownTensor } from '../../weights/safetensors/checkpoint.ts';
import { readTensor } from '../../weights/slice.ts';
import type { Checkpoint, TensorData, TensorInfo, TensorSlice } from '../../weights/types.ts';
import { checkFloats, type FloatArray } from './float-array.ts';

/**
 * Weights by name, as in PyTorch's `module.state_dict()`: a checkpoint (such as `SafetensorsCheckpoint`), or arrays by name.
 */
export type StateDict = Checkpoint | ReadonlyMap<string, FloatArray> | Readonly<Record<string, FloatArray>>;

/** A state dict as a checkpoint. */
export function checkpointOf(stateDict: StateDict): Checkpoint {
  if (isCheckpoint(stateDict)) return stateDict;
  const arrays = stateDict instanceof Map ? stateDict : new Map(Object.entries(stateDict));
  return new ArrayCheckpoint(arrays as ReadonlyMap<string, FloatArray>);
}

/** A checkpoint with the tensors of another one in place of its own, or beside them. */
export function overlaidCheckpoint(base: Checkpoint, over: Checkpoint): Checkpoint {
  const [known, replaced] = [new Set(base.names), new Set(over.names)];
  const of = (name: string) => (replaced.has(name) ? over : base);
  return {
    names: [...base.names, ...over.names.filter((name) => !known.has(name))],
    info: (name) => of(name).info(name),
    read: (name, slice) => of(name).read(name, slice),
  };
}

function isCheckpoint(stateDict: StateDict): stateDict is Checkpoint {
  return 'read' in stateDict && typeof stateDict.read === 'function';
}

class ArrayCheckpoint implements Checkpoint {
  readonly names: readonly string[];
  readonly #arrays: ReadonlyMap<string, FloatArray>;

  constructor(arrays: ReadonlyMap<string, FloatArray>) {
    for (const [name, array] of arrays) checkFloats(`state dict: ${name}`, array);
    this.names = [...arrays.keys()];
    this.#arrays = arrays;
  }

  info(name: string): TensorInfo {
    return { dtype: 'F32', shape: this.#array(name).shape };
  }

  async read(name: string, slice?: TensorSlice): Promise<TensorData> {
    const { buffer, byteOffset, byteLength } = this.#array(name).data;
    const bytes = new Uint8Array(buffer, byteOffset, byteLength);
    return readTensor(memorySource(bytes), 0, this.info(name), slice);
  }

  #array(name: string): FloatArray {
    const array = this.#arrays.get(name);
    if (array) return array;
    throw unknownTensor(name, 'state dict', this.names);
  }
}
