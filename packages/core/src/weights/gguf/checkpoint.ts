import { LoadError } from '../../errors.ts';
import type { ByteSource } from '../../platform/bytes.ts';
import { isTensorDType } from '../dtypes.ts';
import { unknownTensor } from '../safetensors/checkpoint.ts';
import { checkSlice, readTensor } from '../slice.ts';
import type { Checkpoint, TensorData, TensorInfo, TensorSlice } from '../types.ts';
import { type BlockDecoder, blockDecoders } from './decode/index.ts';
import { type GgufHeader, readGgufHeader } from './header.ts';
import { checkLayout } from './layout.ts';
import { readBlocks } from './read-blocks.ts';
import type { GgufTensor } from './tensors.ts';

/** Bytes of data in which tensors are that belong to the configuration, such as the factors of rotary embeddings. */
const EARLY_BYTES = 256 * 1024;

/**
 * The weights of a GGUF file under their GGUF names. Only the header is kept in memory. Tensors are read on demand; quantized ones are
 * decoded to 32-bit floats, only the part that a slice needs.
 */
export class GgufCheckpoint implements Checkpoint {
  readonly names: readonly string[];
  readonly header: GgufHeader;
  #source: ByteSource;
  readonly #file: string;

  private constructor(source: ByteSource, header: GgufHeader, file: string) {
    this.names = [...header.tensors.keys()];
    this.header = header;
    this.#source = source;
    this.#file = file;
  }

  /**
   * Reads and validates the header. `file` is the file's name in error messages.
   *
   * Throws `FormatError` with the broken `GgufRule`.
   */
  static async open(source: ByteSource, file = 'model.gguf'): Promise<GgufCheckpoint> {
    return new GgufCheckpoint(source, await readGgufHeader(source), file);
  }

  /** Element type and shape of a tensor. The element type of quantized tensors is F32, to which they are decoded. */
  info(name: string): TensorInfo {
    const { type, shape } = this.#tensor(name);
    if (isTensorDType(type.name)) return { dtype: type.name, shape };
    return { dtype: 'F32', shape, storedBits: (type.blockBytes * 8) / type.blockSize };
  }

  /** Also rejects with `LoadError` for a type that Headwise cannot decode. */
  async read(name: string, slice?: TensorSlice): Promise<TensorData> {
    const { type, shape, begin, end } = this.#tensor(name);
    const start = this.header.dataStart + begin;
    const info = this.info(name);
    const source = await this.#sourceOf(end);
    if (isTensorDType(type.name)) return readTensor(source, start, info, slice);
    if (slice) checkSlice(info, slice);
    return readBlocks(source, start, { shape, type, decode: this.#decoder(name) }, slice);
  }

  /** Where a tensor can be read that ends at `end`: of a file that is arriving, those at its beginning without the rest. */
  async #sourceOf(end: number): Promise<ByteSource> {
    if (!this.#source.whole || end <= EARLY_BYTES) return this.#source;
    const { size } = this.#source;
    const source = await this.#source.whole();
    const { tensors, dataStart, alignment } = this.header;
    // A server need not say how large a file is.
    if (source.size !== size) checkLayout(tensors, source.size - dataStart, alignment);
    this.#source = source;
    return source;
  }

  #decoder(name: string): BlockDecoder {
    const { type } = this.#tensor(name);
    const decoder = blockDecoders[type.name];
    if (decoder) return decoder;
    throw new LoadError(
      'unsupported-dtype',
      `${this.#file}: tensor ${JSON.stringify(name)} has type ${type.name}, which is not supported; supported: ${Object.keys(blockDecoders).join(', ')}`,
      { file: this.#file },
    );
  }

  #tensor(name: string): GgufTensor {
    const tensor = this.header.tensors.get(name);
    if (!tensor) throw unknownTensor(name, this.#file, this.names);
    return tensor;
  }
}
