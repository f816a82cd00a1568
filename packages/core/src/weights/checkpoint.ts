import { LoadError } from '../errors.ts';
import { SafetensorsCheckpoint } from './safetensors/checkpoint.ts';
import { ShardedCheckpoint } from './sharded.ts';
import type { RepositoryFiles } from './sources/repository.ts';
import type { Checkpoint } from './types.ts';

const WEIGHTS = 'model.safetensors';
const INDEX = 'model.safetensors.index.json';

/**
 * Opens the safetensors weights of a model.
 *
 * `weightsFile` names a safetensors file or the index of a sharded checkpoint (`….index.json`). Default:
 * `model.safetensors`, else `model.safetensors.index.json`, else the only safetensors file of a source that can be listed.
 *
 * Throws `LoadError` if no file or more than one qualifies, and `FormatError` for an invalid file.
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

/** Servers do not list their files: requests one file, then the other. */
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
      `There is neither ${WEIGHTS} nor ${INDEX} at ${files.location}; name the file with the option weightsFile`,
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
      : `There are several safetensors files in ${location}: ${candidates.join(', ')}; choose one with the option weightsFile`,
    { file: WEIGHTS },
  );
}
