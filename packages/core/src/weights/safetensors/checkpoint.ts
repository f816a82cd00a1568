import { ConfigError, LoadError } from '../../errors.ts';
import type { ByteSource } from '../../platform/bytes.ts';
import { readTensor } from '../slice.ts';
import type { Checkpoint, TensorData, TensorInfo, TensorSlice } from '../types.ts';
import { readSafetensorsHeader, type SafetensorsHeader } from './header.ts';
import { checkLayout } from './layout.ts';
import type { SafetensorsTensor } from './tensor.ts';

/** A checkpoint in one safetensors file. Only the header is kept in memory; tensors are read on demand. */
export class SafetensorsCheckpoint implements Checkpoint {
  readonly names: readonly string[];
  readonly header: SafetensorsHeader;
  #source: ByteSource;
  readonly #file: string;

  private constructor(source: ByteSource, header: SafetensorsHeader, file: string) {
    this.names = [...header.tensors.keys()];
    this.header = header;
    this.#source = source;
    this.#file = file;
  }

  /**
   * Reads and validates the header. `file` is the file's name in error messages.
   *
   * Throws `FormatError` with the broken `SafetensorsRule`.
   */
  static async open(source: ByteSource, file = 'model.safetensors'): Promise<SafetensorsCheckpoint> {
    if (typeof source?.read !== 'function' || typeof source.size !== 'number')
      throw new ConfigError(`${file}: no source of bytes`);
    return new SafetensorsCheckpoint(source, await readSafetensorsHeader(source), file);
  }

  info(name: string): TensorInfo {
    const { dtype, shape } = this.#tensor(name);
    return { dtype, shape };
  }

  async read(name: string, slice?: TensorSlice): Promise<TensorData> {
    const tensor = this.#tensor(name);
    return readTensor(await this.#whole(), this.header.dataStart + tensor.begin, this.info(name), slice);
  }

  async #whole(): Promise<ByteSource> {
    if (!this.#source.whole) return this.#source;
    const { size } = this.#source;
    const source = await this.#source.whole();
    // A server need not say how large a file is.
    if (source.size !== size) checkLayout(this.header.tensors, source.size - this.header.dataStart);
    this.#source = source;
    return source;
  }

  #tensor(name: string): SafetensorsTensor {
    const tensor = this.header.tensors.get(name);
    if (tensor) return tensor;
    throw unknownTensor(name, this.#file, this.names);
  }
}

/** The error for a tensor name that is not in a checkpoint. Lists the first known names. */
export function unknownTensor(name: string, file: string, names: readonly string[]): LoadError {
  const first = names.slice(0, 3).map((known) => JSON.stringify(known));
  const known =
    names.length > 3 ? `${first.join(', ')} and ${names.length - 3} more` : first.join(', ') || 'none';
  return new LoadError(
    'unknown-tensor',
    `${file} has no tensor ${typeof name === 'string' ? JSON.stringify(name) : typeof name}; it has ${known}`,
    {
      file,
    },
  );
}
