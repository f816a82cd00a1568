import { LoadError } from '../errors.ts';
import { openShard, ShardedCheckpoint } from './sharded.ts';
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

/**
 * Opens the weights of a model: safetensors or, where there are none, the file of PyTorch's `torch.save`.
 *
 * `weightsFile` names such a file or the index of a sharded checkpoint (`….index.json`). Default: `model.safetensors`, else
 * `model.safetensors.index.json`, else the only safetensors file of a source that can be listed, else `pytorch_model.bin` or
 * `pytorch_model.bin.index.json`.
 *
 * Throws `LoadError` if no file or more than one qualifies, and `FormatError` for an invalid file.
 */
export async function openCheckpoint(files: RepositoryFiles, weightsFile?: string): Promise<Checkpoint> {
  if (weightsFile !== undefined) return openFile(files, weightsFile);
  const names = await files.list();
  return names ? openFile(files, await chooseWeights(files, names)) : openUnlisted(files);
}

function openFile(files: RepositoryFiles, name: string): Promise<Checkpoint> {
  return name.endsWith('.json') ? ShardedCheckpoint.open(files, name) : openShard(files, name);
}

/** Servers do not list their files: requests one file after the other. */
async function openUnlisted(files: RepositoryFiles): Promise<Checkpoint> {
  let cause: unknown;
  for (const name of WEIGHTS) {
    try {
      return await openFile(files, name);
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
