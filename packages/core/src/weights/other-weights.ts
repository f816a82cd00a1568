import { LoadError } from '../errors.ts';
import { PyTorchCheckpoint } from './pytorch/checkpoint.ts';
import { ShardedCheckpoint } from './sharded.ts';
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

/** Weights in formats that are not read, by a file that a repository has with them. */
const OTHER_FORMATS: readonly (readonly [file: RegExp, probe: string, format: string])[] = [
  [/\.onnx$/, 'onnx/model.onnx', 'ONNX'],
  [/^tf_model\.h5$/, 'tf_model.h5', 'TensorFlow'],
  [/^flax_model\.msgpack$/, 'flax_model.msgpack', 'Flax'],
];

/** Opens the index of several files, or a file of PyTorch. */
export async function openOther(files: RepositoryFiles, name: string): Promise<Checkpoint> {
  if (name.endsWith('.json')) return ShardedCheckpoint.open(files, name);
  return PyTorchCheckpoint.open(await files.open(name), name);
}

/** Opens the weights of a server that has no model.safetensors. All other names are asked for at once. */
export async function openUnlisted(files: RepositoryFiles): Promise<Checkpoint> {
  const [, ...others] = WEIGHTS;
  files.prefetch(others);
  let cause: unknown;
  for (const name of others) {
    try {
      return await openOther(files, name);
    } catch (error) {
      if (!isMissing(error, name)) throw error;
      cause = error;
    }
  }
  throw await missingWeights(files, `at ${files.location}; name the file with the option weightsFile`, cause);
}

function isMissing(error: unknown, file: string): boolean {
  return error instanceof LoadError && error.reason === 'not-found' && error.file === file;
}

/** Chooses among the files of a source that has no model.safetensors. */
export async function chooseWeights(files: RepositoryFiles, names: readonly string[]): Promise<string> {
  const { location } = files;
  const [, index, ...pytorch] = WEIGHTS;
  if (names.includes(index!)) return index!;
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

/** The error for a repository without weights that can be read, with the format that it has instead if it is known. */
async function missingWeights(files: RepositoryFiles, where: string, cause?: unknown): Promise<LoadError> {
  const names = (await files.list()) ?? [];
  for (const [pattern, probe, format] of OTHER_FORMATS) {
    const has = names.some((name) => pattern.test(name)) || (await files.has(probe).catch(() => false));
    if (!has) continue;
    return new LoadError(
      'not-found',
      `The weights at ${files.location} are in the format of ${format}, which is not read; load the repository of the original model, with ${FIRST} or ${WEIGHTS[2]}, or export it in Python with save_pretrained`,
      { file: FIRST, cause },
    );
  }
  return new LoadError('not-found', `There is none of ${WEIGHTS.join(', ')} ${where}`, {
    file: FIRST,
    cause,
  });
}
