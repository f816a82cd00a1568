import type { TensorDType } from '../dtypes.ts';
import { type PickleCall, type PickleList, type PickleReference, readPickle } from './pickle.ts';
import { pytorchError } from './rules.ts';

/** Consecutive values of one type, an entry of the archive. */
export interface TensorStorage {
  readonly key: string;
  readonly dtype: TensorDType;
  /** Number of values. */
  readonly count: number;
}

/** A tensor: a view of a storage. */
export interface StoredTensor {
  readonly storage: TensorStorage;
  /** Index of its first value in the storage. */
  readonly offset: number;
  readonly shape: readonly number[];
  /** Values between neighbours of each axis. */
  readonly stride: readonly number[];
}

/** Element types by PyTorch's classes of storages. */
const STORAGES: Readonly<Record<string, TensorDType>> = {
  'torch.FloatStorage': 'F32',
  'torch.HalfStorage': 'F16',
  'torch.BFloat16Storage': 'BF16',
  'torch.DoubleStorage': 'F64',
  'torch.LongStorage': 'I64',
  'torch.IntStorage': 'I32',
  'torch.ShortStorage': 'I16',
  'torch.CharStorage': 'I8',
  'torch.ByteStorage': 'U8',
  'torch.BoolStorage': 'BOOL',
};

const MAX_AXES = 8;
const TENSORS = new WeakSet<object>();

const CALLS: Readonly<Record<string, PickleCall>> = {
  'collections.OrderedDict': (args) => {
    if (args.length === 0) return new Map();
    throw pytorchError('pickle-invalid', 'an OrderedDict has arguments');
  },
  'torch._utils._rebuild_tensor_v2': rebuildTensor,
  'torch._utils._rebuild_parameter': ([tensor]) => {
    if (isTensor(tensor)) return tensor;
    throw pytorchError('pickle-invalid', 'a parameter is not a tensor');
  },
};

/**
 * The tensors of a pickled state dict by name. Throws `FormatError` for anything else than a dictionary from names to tensors, such as a training state.
 */
export function readStateDict(pickle: Uint8Array): Map<string, StoredTensor> {
  const dict = readPickle(pickle, CALLS);
  if (!(dict instanceof Map))
    throw pytorchError('not-a-tensor', 'the file holds something other than a state dict');
  const tensors = new Map<string, StoredTensor>();
  for (const [name, value] of dict as Map<unknown, unknown>) {
    if (typeof name !== 'string')
      throw pytorchError('not-a-tensor', 'the state dict has a name that is no string');
    if (!isTensor(value)) {
      throw pytorchError(
        'not-a-tensor',
        `${JSON.stringify(name)} is no tensor; the file must hold a state dict alone, not a training state`,
      );
    }
    tensors.set(name, value);
  }
  return tensors;
}

function isTensor(value: unknown): value is StoredTensor {
  return typeof value === 'object' && value !== null && TENSORS.has(value);
}

/** `_rebuild_tensor_v2(storage, offset, size, stride, requires_grad, backward_hooks)`. */
function rebuildTensor([reference, offset, size, stride]: PickleList): StoredTensor {
  const shape = sizesOf(size, 'size');
  const strides = sizesOf(stride, 'stride');
  if (shape.length !== strides.length || shape.length > MAX_AXES || !isSize(offset)) {
    throw pytorchError(
      'tensor-invalid',
      `a tensor has ${shape.length} sizes, ${strides.length} strides and the offset ${typeof offset === 'number' ? offset : typeof offset}; at most ${MAX_AXES} axes are read`,
    );
  }
  const tensor = { storage: storageOf(reference), offset, shape, stride: strides };
  TENSORS.add(tensor);
  return tensor;
}

/** `('storage', class, key, device, count)`. */
function storageOf(value: unknown): TensorStorage {
  const reference = (value as Partial<PickleReference> | null)?.reference;
  const [kind, type, key, , count] = Array.isArray(reference) ? (reference as PickleList) : [];
  const name = (type as { global?: unknown } | undefined)?.global;
  if (kind !== 'storage' || typeof name !== 'string' || typeof key !== 'string' || !isSize(count)) {
    throw pytorchError('tensor-invalid', 'a tensor has no storage');
  }
  const dtype = Object.hasOwn(STORAGES, name) ? STORAGES[name] : undefined;
  if (!dtype) {
    throw pytorchError(
      'tensor-invalid',
      `a tensor has a storage of ${name}; supported are ${Object.keys(STORAGES).join(', ')}`,
    );
  }
  return { key, dtype, count };
}

function sizesOf(value: unknown, what: string): readonly number[] {
  if (Array.isArray(value) && value.every(isSize)) return value as number[];
  throw pytorchError(
    'tensor-invalid',
    `a tensor has a ${what} that is no list of whole numbers of at least 0`,
  );
}

const isSize = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
