import { LoadError } from '../errors.ts';
import { SafetensorsCheckpoint } from './safetensors/checkpoint.ts';
import type { RepositoryFiles } from './sources/repository.ts';
import type { Checkpoint } from './types.ts';

/** The names of weights, in the order in which they are looked for. */
const WEIGHTS = [
  'model.safetensors',
  'model.safetensors.index.json',
  'pytorch_model.bin',
  'pytorch_model.bin.index.json',
];
const [FIRST = ''] = WEIGHTS;

/** See `open-checkpoint.ts`, which checks its arguments and is public. */
export async function openCheckpoint(files: RepositoryFiles, weightsFile?: string): Promise<Checkpoint> {
  if (weightsFile !== undefined) return openFile(files, weightsFile);
  const names = await files.list();
  return names ? openFile(files, await chooseWeights(files, names)) : openUnlisted(files);
}

/** Imported on demand: most models are one file of safetensors. */
const rareCheckpoints = () => import('./rare-checkpoints.ts');

async function openFile(files: RepositoryFiles, name: string): Promise<Checkpoint> {
  if (!name.endsWith('.json')) return openShard(files, name);
  return (await rareCheckpoints()).ShardedCheckpoint.open(files, name, openShard);
}

/** Opens a file of safetensors or, by its name, of PyTorch. */
async function openShard(files: RepositoryFiles, name: string, isOneOfMany = false): Promise<Checkpoint> {
  if (name.endsWith('.bin'))
    return (await rareCheckpoints()).PyTorchCheckpoint.open(await files.open(name), name);
  const source = await files.openHeader(name);
  const checkpoint = await SafetensorsCheckpoint.open(source, name);
  if (isOneOfMany) source.pause?.();
  return checkpoint;
}

/** The error for a repository without weights that can be read. */
async function missingWeights(files: RepositoryFiles, where: string, cause?: unknown): Promise<LoadError> {
  return (await rareCheckpoints()).missingWeights(files, WEIGHTS, where, cause);
}

/** Servers do not list their files. Where the first name is missing, all others are asked for at once. */
async function openUnlisted(files: RepositoryFiles): Promise<Checkpoint> {
  let cause: unknown;
  for (const name of WEIGHTS) {
    try {
      return await openFile(files, name);
    } catch (error) {
      if (!isMissing(error, name)) throw error;
      cause = error;
      files.prefetch(WEIGHTS.slice(1));
    }
  }
  throw await missingWeights(files, `at ${files.location}; name the file with the option weightsFile`, cause);
}

function isMissing(error: unknown, file: string): boolean {
  return error instanceof LoadError && error.reason === 'not-found' && error.file === file;
}

async function chooseWeights(files: RepositoryFiles, names: readonly string[]): Promise<string> {
  const { location } = files;
  const [model, index, ...pytorch] = WEIGHTS;
  for (const name of [model!, index!]) if (names.includes(name)) return name;
  const candidates = names.filter((name) => name.endsWith('.safetensors')).sort();
  const [only, ...others] = candidates;
  if (only !== undefined && others.length === 0) return only;
  const found = pytorch.find((name) => names.includes(name));
  if (only === undefined && found !== undefined) return found;
  if (only === undefined)
    throw await missingWeights(files, `in ${location}; it has ${names.join(', ') || 'no files'}`);
  throw new LoadError(
    'not-found',
    `There are several safetensors files in ${location}: ${candidates.join(', ')}; choose one with the option weightsFile`,
    { file: FIRST },
  );
}
