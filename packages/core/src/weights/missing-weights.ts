import { LoadError } from '../errors.ts';
import type { RepositoryFiles } from './sources/repository.ts';

/** Weights in formats that are not read, by a file that a repository has with them. */
const OTHER_FORMATS: readonly (readonly [file: RegExp, probe: string, format: string])[] = [
  [/\.onnx$/, 'onnx/model.onnx', 'ONNX'],
  [/^tf_model\.h5$/, 'tf_model.h5', 'TensorFlow'],
  [/^flax_model\.msgpack$/, 'flax_model.msgpack', 'Flax'],
];

/** The error for a repository that has none of the files `weights`, with the format that it has instead if it is known. */
export async function missingWeights(
  files: RepositoryFiles,
  weights: readonly string[],
  where: string,
  cause?: unknown,
): Promise<LoadError> {
  const [file = ''] = weights;
  const names = (await files.list()) ?? [];
  for (const [pattern, probe, format] of OTHER_FORMATS) {
    const has = names.some((name) => pattern.test(name)) || (await files.has(probe).catch(() => false));
    if (!has) continue;
    return new LoadError(
      'not-found',
      `The weights at ${files.location} are in the format of ${format}, which is not read; load the repository of the original model, with ${file} or ${weights[2]}, or export it in Python with save_pretrained`,
      { file, cause },
    );
  }
  return new LoadError('not-found', `There is none of ${weights.join(', ')} ${where}`, {
    file,
    cause,
  });
}
