import { ConfigError, FormatError } from '../errors.ts';
import { SafetensorsCheckpoint, unknownTensor } from './safetensors/checkpoint.ts';
import { checkFileName, type RepositoryFiles } from './sources/repository.ts';
import type { Checkpoint, TensorData, TensorInfo, TensorSlice } from './types.ts';

/** The rules that the index of a sharded checkpoint can break. */
export type ShardIndexRule =
  /** The index is not an object with a `weight_map`, or that is not a map from tensor to file. */
  | 'index-invalid'
  /** A file is named that could lie outside the repository, or that is not a safetensors file. */
  | 'index-file-name'
  /** A tensor is not in the file that the index names for it. */
  | 'index-tensor-missing';

/**
 * A checkpoint in several safetensors files, with an index (`model.safetensors.index.json`) that says which tensor is
 * where. Tensors that the index does not list are not part of it.
 */
export class ShardedCheckpoint implements Checkpoint {
  readonly names: readonly string[];
  /** Names of the safetensors files. */
  readonly files: readonly string[];
  readonly #shards: ReadonlyMap<string, SafetensorsCheckpoint>;
  readonly #index: string;

  private constructor(
    shardOf: ReadonlyMap<string, SafetensorsCheckpoint>,
    files: readonly string[],
    index: string,
  ) {
    this.names = [...shardOf.keys()];
    this.files = files;
    this.#shards = shardOf;
    this.#index = index;
  }

  /**
   * Reads the index and the headers of all files that it names.
   *
   * Throws `FormatError` for an index that breaks a {@link ShardIndexRule} and for a broken file, and `LoadError` for a
   * file that is missing.
   */
  static async open(files: RepositoryFiles, index: string): Promise<ShardedCheckpoint> {
    const weightMap = parseWeightMap(await files.json(index), index);
    const names = [...new Set(weightMap.values())].sort();
    files.expect(names);
    const shards = new Map<string, SafetensorsCheckpoint>();
    // One after the other: each download uses the whole connection anyway, and a failure leaves no others running.
    for (const name of names)
      shards.set(name, await SafetensorsCheckpoint.open(await files.open(name), name));

    const shardOf = new Map<string, SafetensorsCheckpoint>();
    for (const [tensor, file] of weightMap) {
      const shard = shards.get(file);
      if (!shard?.header.tensors.has(tensor)) {
        throw indexError(
          'index-tensor-missing',
          `${index}: tensor ${JSON.stringify(tensor)} is not in ${file}`,
        );
      }
      shardOf.set(tensor, shard);
    }
    return new ShardedCheckpoint(shardOf, names, index);
  }

  info(name: string): TensorInfo {
    return this.#shard(name).info(name);
  }

  async read(name: string, slice?: TensorSlice): Promise<TensorData> {
    return this.#shard(name).read(name, slice);
  }

  #shard(name: string): SafetensorsCheckpoint {
    const shard = this.#shards.get(name);
    if (!shard) throw unknownTensor(name, this.#index, this.names);
    return shard;
  }
}

function parseWeightMap(json: unknown, index: string): Map<string, string> {
  const weightMap = isObject(json) ? json.weight_map : undefined;
  if (!isObject(weightMap)) {
    throw indexError('index-invalid', `${index}: expected an object with a weight_map from tensor to file`);
  }
  const directory = index.slice(0, index.lastIndexOf('/') + 1);
  const files = new Map<string, string>();
  for (const [tensor, file] of Object.entries(weightMap)) {
    if (typeof file !== 'string') {
      throw indexError(
        'index-invalid',
        `${index}: the file of tensor ${JSON.stringify(tensor)} has to be a string`,
      );
    }
    checkShardName(file, index);
    files.set(tensor, `${directory}${file}`);
  }
  return files;
}

function checkShardName(file: string, index: string): void {
  const refused = (cause?: unknown) =>
    indexError(
      'index-file-name',
      `${index}: ${JSON.stringify(file)} is no safetensors file in its directory`,
      cause,
    );
  try {
    checkFileName(file);
  } catch (error) {
    throw error instanceof ConfigError ? refused(error) : error;
  }
  if (!file.endsWith('.safetensors')) throw refused();
}

function indexError(rule: ShardIndexRule, what: string, cause?: unknown): FormatError<ShardIndexRule> {
  return new FormatError(rule, `${what} (${rule})`, cause === undefined ? undefined : { cause });
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
