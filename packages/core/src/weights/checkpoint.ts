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
  const name = weightsFile ?? (await findWeights(files));
  if (name.endsWith('.json')) return ShardedCheckpoint.open(files, name);
  return SafetensorsCheckpoint.open(await files.open(name), name);
}

async function findWeights(files: RepositoryFiles): Promise<string> {
  const names = await files.list();
  if (!names) {
    // A server does not tell what it has, so it is asked for one after the other.
    for (const name of [WEIGHTS, INDEX]) if (await files.has(name)) return name;
    throw new LoadError(
      'not-found',
      `There is neither ${WEIGHTS} nor ${INDEX} at ${files.location}; name the file by the option weightsFile`,
      { file: WEIGHTS },
    );
  }
  for (const name of [WEIGHTS, INDEX]) if (names.includes(name)) return name;
  const candidates = names.filter((name) => name.endsWith('.safetensors')).sort();
  const [only, ...others] = candidates;
  if (only !== undefined && others.length === 0) return only;
  throw new LoadError(
    'not-found',
    only === undefined
      ? `There is no safetensors file in ${files.location}; it has ${names.join(', ') || 'no files'}`
      : `There are several safetensors files in ${files.location}: ${candidates.join(', ')}; choose one by the option weightsFile`,
    { file: WEIGHTS },
  );
}
