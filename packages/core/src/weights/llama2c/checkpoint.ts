import type { ByteSource } from '../../platform/bytes.ts';
import { unknownTensor } from '../safetensors/checkpoint.ts';
import { readTensor } from '../slice.ts';
import type { Checkpoint, TensorData, TensorInfo, TensorSlice } from '../types.ts';
import { HEADER_BYTES, type Llama2cHeader, parseLlama2cHeader } from './header.ts';
import { locateTensors, type TensorLocation } from './layout.ts';

/**
 * The weights of a llama2.c file (version 0) under Hugging Face's names. The rows of query and key weights are in the order of the original
 * Llama, for rotary embeddings of adjacent features (`interleaved`).
 */
export class Llama2cCheckpoint implements Checkpoint {
  readonly names: readonly string[];
  readonly header: Llama2cHeader;
  /** Offset after the weights. A tokenizer may follow. */
  readonly weightsEnd: number;
  readonly #tensors: ReadonlyMap<string, TensorLocation>;
  readonly #source: ByteSource;
  readonly #file: string;

  private constructor(source: ByteSource, header: Llama2cHeader, file: string) {
    const { tensors, weightsEnd } = locateTensors(header, source.size);
    this.names = [...tensors.keys()];
    this.header = header;
    this.weightsEnd = weightsEnd;
    this.#tensors = tensors;
    this.#source = source;
    this.#file = file;
  }

  /**
   * Reads and validates the header. `file` is the file's name in error messages.
   *
   * Throws `FormatError` with the broken `Llama2cRule`.
   */
  static async open(source: ByteSource, file = 'model.bin'): Promise<Llama2cCheckpoint> {
    const bytes = await source.read(0, Math.min(HEADER_BYTES, source.size));
    return new Llama2cCheckpoint(source, parseLlama2cHeader(bytes), file);
  }

  info(name: string): TensorInfo {
    return { dtype: 'F32', shape: this.#tensor(name).shape };
  }

  async read(name: string, slice?: TensorSlice): Promise<TensorData> {
    return readTensor(this.#source, this.#tensor(name).start, this.info(name), slice);
  }

  #tensor(name: string): TensorLocation {
    const tensor = this.#tensors.get(name);
    if (!tensor) throw unknownTensor(name, this.#file, this.names);
    return tensor;
  }
}
