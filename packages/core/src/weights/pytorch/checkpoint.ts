import type { ByteSource } from '../../platform/bytes.ts';
import { bitsOf } from '../dtypes.ts';
import { unknownTensor } from '../safetensors/checkpoint.ts';
import { checkSlice, readTensor } from '../slice.ts';
import type { Checkpoint, TensorData, TensorInfo, TensorSlice } from '../types.ts';
import { pytorchError } from './rules.ts';
import { readStateDict, type StoredTensor } from './state-dict.ts';
import { ZipArchive, type ZipEntry } from './zip.ts';

const MAX_PICKLE_BYTES = 64 * 1024 * 1024;

/** The weights of a file of `torch.save`: a zip archive with a pickle of the tensors' names and shapes, of which no code is executed. */
export class PyTorchCheckpoint implements Checkpoint {
  readonly names: readonly string[];
  readonly #source: ByteSource;
  readonly #file: string;
  readonly #tensors: ReadonlyMap<string, StoredTensor>;
  readonly #storages: ReadonlyMap<string, ZipEntry>;

  private constructor(
    source: ByteSource,
    file: string,
    tensors: ReadonlyMap<string, StoredTensor>,
    storages: ReadonlyMap<string, ZipEntry>,
  ) {
    this.names = [...tensors.keys()];
    this.#source = source;
    this.#file = file;
    this.#tensors = tensors;
    this.#storages = storages;
  }

  /**
   * Reads the archive's directory and the pickle, and checks every tensor. `file` is the file's name in error messages.
   *
   * Throws `FormatError` with the broken `PyTorchRule`.
   */
  static async open(source: ByteSource, file = 'pytorch_model.bin'): Promise<PyTorchCheckpoint> {
    await checkFormat(source, file);
    const archive = await ZipArchive.open(source);
    const pickles = archive.names.filter((name) => /^(?:[^/]+\/)?data\.pkl$/.test(name));
    const [pickle, ...others] = pickles;
    if (archive.names.some((name) => /\/(?:constants\.pkl|code\/)/.test(name))) {
      throw pytorchError('torchscript', `${file} is a program of TorchScript, not a state dict`);
    }
    if (pickle === undefined || others.length > 0) {
      throw pytorchError('zip-invalid', `${file} must have one data.pkl, has ${pickles.length}`);
    }
    const folder = pickle.slice(0, -'data.pkl'.length);
    const order = await archive.entry(`${folder}byteorder`);
    if (
      order &&
      new TextDecoder().decode(await source.read(order.begin, order.begin + Math.min(order.size, 16))) !==
        'little'
    ) {
      throw pytorchError('big-endian', `${file} has values that are not little-endian`);
    }
    const { begin, size } = (await archive.entry(pickle))!;
    if (size > MAX_PICKLE_BYTES) {
      throw pytorchError(
        'pickle-too-large',
        `data.pkl has ${size} bytes, at most ${MAX_PICKLE_BYTES} are allowed`,
      );
    }
    const tensors = readStateDict(await source.read(begin, begin + size));
    const storages = new Map<string, ZipEntry>();
    for (const [name, tensor] of tensors) {
      const { key } = tensor.storage;
      const entry = storages.get(key) ?? (await archive.entry(`${folder}data/${key}`));
      if (!entry)
        throw pytorchError(
          'tensor-invalid',
          `tensor ${JSON.stringify(name)} has the storage ${JSON.stringify(key)}, which is missing`,
        );
      checkStorage(name, tensor, entry);
      storages.set(key, entry);
    }
    return new PyTorchCheckpoint(source, file, tensors, storages);
  }

  info(name: string): TensorInfo {
    const { storage, shape } = this.#tensor(name);
    return { dtype: storage.dtype, shape };
  }

  async read(name: string, slice?: TensorSlice): Promise<TensorData> {
    const tensor = this.#tensor(name);
    const { storage, offset, shape, stride } = tensor;
    const info: TensorInfo = { dtype: storage.dtype, shape };
    const width = bitsOf(storage.dtype) / 8;
    const begin = this.#storages.get(storage.key)!.begin + offset * width;
    if (isContiguous(shape, stride)) return readTensor(this.#source, begin, info, slice);
    if (slice) checkSlice(info, slice);
    const whole = await this.#source.read(begin, begin + extentOf(tensor) * width);
    const packed = gather(whole, shape, stride, width);
    return readTensor(
      { size: packed.length, read: async (from, to) => packed.subarray(from, to) },
      0,
      info,
      slice,
    );
  }

  #tensor(name: string): StoredTensor {
    const tensor = this.#tensors.get(name);
    if (!tensor) throw unknownTensor(name, this.#file, this.names);
    return tensor;
  }
}

/** Throws `FormatError` for the formats before PyTorch 1.6. */
async function checkFormat(source: ByteSource, file: string): Promise<void> {
  const start = await source.read(0, Math.min(512, source.size));
  const isPickle = start[0] === 0x80 && (start[1] ?? 9) <= 5;
  const isTar = new TextDecoder('latin1').decode(start.subarray(257, 262)) === 'ustar';
  if (isPickle || isTar) {
    throw pytorchError(
      'legacy-format',
      `${file} has the format of PyTorch before 1.6; save it again in Python with torch.save(torch.load('${file}'), …), or as safetensors`,
    );
  }
}

/** Number of elements from the first to the last of a tensor in its storage. */
function extentOf({ shape, stride }: StoredTensor): number {
  if (shape.includes(0)) return 0;
  return shape.reduce((last, size, axis) => last + (size - 1) * stride[axis]!, 1);
}

/** Throws `FormatError` unless all elements lie within the storage, and the storage is as long as the pickle says. */
function checkStorage(name: string, tensor: StoredTensor, entry: ZipEntry): void {
  const { storage, offset, shape } = tensor;
  const bytes = bitsOf(storage.dtype) / 8;
  const available = Math.floor(entry.size / bytes);
  const extent = extentOf(tensor);
  if (!Number.isSafeInteger(offset + extent) || offset + extent > available || storage.count > available) {
    throw pytorchError(
      'tensor-invalid',
      `tensor ${JSON.stringify(name)} [${shape.join(', ')}] at ${offset} does not lie within its storage of ${available} ${storage.dtype}`,
    );
  }
  const elements = shape.reduce((product, size) => product * size, 1);
  // A stride of 0 repeats values: such a tensor could be larger than the file.
  if (!Number.isSafeInteger(elements) || elements > extent) {
    throw pytorchError(
      'tensor-invalid',
      `tensor ${JSON.stringify(name)} [${shape.join(', ')}] has elements that share memory`,
    );
  }
}

function isContiguous(shape: readonly number[], stride: readonly number[]): boolean {
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && stride[axis] !== expected) return shape.includes(0);
    expected *= shape[axis]!;
  }
  return true;
}

/** The elements in row-major order. */
function gather(
  bytes: Uint8Array,
  shape: readonly number[],
  stride: readonly number[],
  width: number,
): Uint8Array {
  const elements = shape.reduce((product, size) => product * size, 1);
  const packed = new Uint8Array(elements * width);
  const index = shape.map(() => 0);
  let from = 0;
  for (let i = 0; i < elements; i++) {
    packed.set(bytes.subarray(from * width, (from + 1) * width), i * width);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += stride[axis]!;
      index[axis]!++;
      if (index[axis]! < shape[axis]!) break;
      from -= index[axis]! * stride[axis]!;
      index[axis] = 0;
    }
  }
  return packed;
}
