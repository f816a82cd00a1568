import { LoadError } from '../errors.ts';
import { SafetensorsCheckpoint } from './safetensors/checkpoint.ts';
import { ShardedCheckpoint } from './sharded.ts';
import type { RepositoryFiles } from './sources/repository.ts';
import type { Checkpoint } from './types.ts';

const WEIGHTS = 'model.safetensors';
const INDEX = 'model.safetensors.index.json';

/**
 * Opens the weights among a model's files.
 *
 * `weightsFile` may name a safetensors file or an index of several (`….index.json`). Without it, the weights are
 * `model.safetensors`, else `model.safetensors.index.json`, else, of files that can be listed, the only safetensors file.
 *
 * Throws `LoadError` if there is none or it cannot be told which, and `FormatError` for a broken file.
 */
export async function openCheckpoint(files: RepositoryFiles, weightsFile?: string): Promise<Checkpoint> {
  if (weightsFile !== undefined) return openFile(files, weightsFile);
  const names = await files.list();
  return names ? openFile(files, chooseWeights(names, files.location)) : openUnlisted(files);
}

function openFile(files: RepositoryFiles, name: string): Promise<Checkpoint> {
  if (name.endsWith('.json')) return ShardedCheckpoint.open(files, name);
  return files.open(name).then((source) => SafetensorsCheckpoint.open(source, name));
}

/** A server does not tell what it has: it is asked for one file, then for the other. */
async function openUnlisted(files: RepositoryFiles): Promise<Checkpoint> {
  try {
    return await openFile(files, WEIGHTS);
  } catch (error) {
    if (!isMissing(error, WEIGHTS)) throw error;
  }
  try {
    return await openFile(files, INDEX);
  } catch (error) {
    if (!isMissing(error, INDEX)) throw error;
    throw new LoadError(
      'not-found',
      `There is neither ${WEIGHTS} nor ${INDEX} at ${files.location}; name the file by the option weightsFile`,
      { file: WEIGHTS, cause: error },
    );
  }
}

function isMissing(error: unknown, file: string): boolean {
  return error instanceof LoadError && error.reason === 'not-found' && error.file === file;
}

function chooseWeights(names: readonly string[], location: string): string {
  for (const name of [WEIGHTS, INDEX]) if (names.includes(name)) return name;
  const candidates = names.filter((name) => name.endsWith('.safetensors')).sort();
  const [only, ...others] = candidates;
  if (only !== undefined && others.length === 0) return only;
  throw new LoadError(
    'not-found',
    only === undefined
      ? `There is no safetensors file in ${location}; it has ${names.join(', ') || 'no files'}`
      : `There are several safetensors files in ${location}: ${candidates.join(', ')}; choose one by the option weightsFile`,
    { file: WEIGHTS },
  );
}
