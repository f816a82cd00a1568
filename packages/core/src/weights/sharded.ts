import { ConfigError, FormatError } from '../errors.ts';
import { unknownTensor } from './safetensors/checkpoint.ts';
import { checkFileName, type RepositoryFiles } from './sources/repository.ts';
import type { Checkpoint, TensorData, TensorInfo, TensorSlice } from './types.ts';

/** Why the index of a sharded checkpoint is invalid. */
export type ShardIndexRule =
  /** The index is not an object with a `weight_map` from tensor names to file names. */
  | 'index-invalid'
  /** A file name leads outside the repository or does not end in `.safetensors` (`.bin` in an index of PyTorch's files). */
  | 'index-file-name'
  /** A tensor is missing from the file that the index gives for it. */
  | 'index-tensor-missing';

/**
 * A checkpoint in several safetensors files, with an index (`model.safetensors.index.json`) that maps tensors to files, or in several files of PyTorch
 * (`pytorch_model.bin.index.json`).
 * Tensors that the index does not list are not part of the checkpoint.
 */
export class ShardedCheckpoint implements Checkpoint {
  readonly names: readonly string[];
  /** Names of the files. */
  readonly files: readonly string[];
  readonly #shards: ReadonlyMap<string, Checkpoint>;
  readonly #index: string;

  private constructor(
    shardByTensor: ReadonlyMap<string, Checkpoint>,
    files: readonly string[],
    index: string,
  ) {
    this.names = [...shardByTensor.keys()];
    this.files = files;
    this.#shards = shardByTensor;
    this.#index = index;
  }

  /**
   * Reads the index and the headers of its files, each with `open`.
   *
   * Throws `FormatError` for an invalid index ({@link ShardIndexRule}) or file, and `LoadError` for a missing file.
   */
  static async open(
    files: RepositoryFiles,
    index: string,
    open: (files: RepositoryFiles, name: string) => Promise<Checkpoint>,
  ): Promise<ShardedCheckpoint> {
    const weightMap = parseWeightMap(await files.json(index), index);
    const names = [...new Set(weightMap.values())].sort();
    files.expect(names);
    const shards = new Map<string, Checkpoint>();
    // Sequentially: one download already saturates the connection, and a failure leaves no other downloads running.
    for (const name of names) shards.set(name, await open(files, name));
    const known = new Map([...shards].map(([name, shard]) => [name, new Set(shard.names)]));

    const shardByTensor = new Map<string, Checkpoint>();
    for (const [tensor, file] of weightMap) {
      const shard = shards.get(file);
      if (!shard || !known.get(file)?.has(tensor)) {
        throw indexError(
          'index-tensor-missing',
          `${index}: tensor ${JSON.stringify(tensor)} is not in ${file}`,
        );
      }
      shardByTensor.set(tensor, shard);
    }
    return new ShardedCheckpoint(shardByTensor, names, index);
  }

  info(name: string): TensorInfo {
    return this.#shard(name).info(name);
  }

  async read(name: string, slice?: TensorSlice): Promise<TensorData> {
    return this.#shard(name).read(name, slice);
  }

  #shard(name: string): Checkpoint {
    const shard = this.#shards.get(name);
    if (!shard) throw unknownTensor(name, this.#index, this.names);
    return shard;
  }
}

function parseWeightMap(json: unknown, index: string): Map<string, string> {
  const weightMap = isObject(json) ? json.weight_map : undefined;
  if (!isObject(weightMap)) {
    throw indexError(
      'index-invalid',
      `${index}: expected an object with a weight_map from tensor names to file names`,
    );
  }
  const directory = index.slice(0, index.lastIndexOf('/') + 1);
  const files = new Map<string, string>();
  for (const [tensor, file] of Object.entries(weightMap)) {
    if (typeof file !== 'string') {
      throw indexError(
        'index-invalid',
        `${index}: the file of tensor ${JSON.stringify(tensor)} must be a string`,
      );
    }
    checkShardName(file, index);
    files.set(tensor, `${directory}${file}`);
  }
  return files;
}

function checkShardName(file: string, index: string): void {
  const invalidName = (cause?: unknown) =>
    indexError(
      'index-file-name',
      `${index}: ${JSON.stringify(file)} is not the name of a safetensors file in the same directory`,
      cause,
    );
  try {
    checkFileName(file);
  } catch (error) {
    throw error instanceof ConfigError ? invalidName(error) : error;
  }
  if (!file.endsWith(index.includes('.bin.') ? '.bin' : '.safetensors')) throw invalidName();
}

function indexError(rule: ShardIndexRule, what: string, cause?: unknown): FormatError<ShardIndexRule> {
  return new FormatError(rule, `${what} (${rule})`, cause === undefined ? undefined : { cause });
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
