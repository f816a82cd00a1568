import type { ByteSource } from '../../platform/bytes.ts';
import { unknownTensor } from '../safetensors/checkpoint.ts';
import { readTensor } from '../slice.ts';
import type { Checkpoint, TensorData, TensorInfo, TensorSlice } from '../types.ts';
import { type GgmlHeader, type GgmlTensor, readGgmlHeader } from './header.ts';

/** The weights of a Whisper in a file of whisper.cpp, under Hugging Face's names. */
export class GgmlCheckpoint implements Checkpoint {
  readonly names: readonly string[];
  readonly header: GgmlHeader;
  readonly #source: ByteSource;
  readonly #file: string;

  private constructor(source: ByteSource, header: GgmlHeader, file: string) {
    this.names = [...header.tensors.keys()];
    this.header = header;
    this.#source = source;
    this.#file = file;
  }

  /** Reads and validates everything but the weights. `file` is the file's name in error messages. Rejects with `FormatError`. */
  static async open(source: ByteSource, file = 'model.bin'): Promise<GgmlCheckpoint> {
    return new GgmlCheckpoint(source, await readGgmlHeader(source), file);
  }

  info(name: string): TensorInfo {
    const { dtype, shape } = this.#tensor(name);
    return { dtype, shape };
  }

  async read(name: string, slice?: TensorSlice): Promise<TensorData> {
    return readTensor(this.#source, this.#tensor(name).start, this.info(name), slice);
  }

  #tensor(name: string): GgmlTensor {
    const tensor = this.header.tensors.get(name);
    if (!tensor) throw unknownTensor(name, this.#file, this.names);
    return tensor;
  }
}
