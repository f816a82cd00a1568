// The entry `@headwise/models`: which models there are, and where their files are.

import { list } from './generated/list.ts';
import type { ModelInfo } from './model.ts';
import { type ModelSourceOptions, sourceOf } from './source.ts';

export type { ModelInfo } from './model.ts';
export type { ModelSourceOptions } from './source.ts';

/** All models of the package, in the order of their names. */
export const models: readonly ModelInfo[] = list.map(({ files: _, ...info }) => info);

/** The names of {@link models}. */
export const MODEL_NAMES: readonly string[] = list.map(({ name }) => name);

/**
 * Where the files of a model are, for `loadModel` and the other loaders of `@headwise/core`: the directory in Node, Deno and Bun, and its URL where the
 * package is served as it is. Bundlers give each file a name of its own; then the files are fetched and returned.
 *
 * ```ts
 * const model = await loadModel(await modelSource('grammar-en-ko'));
 * ```
 *
 * Rejects with `RangeError` for a name that is not in {@link MODEL_NAMES}, and with `Error` for a file that cannot be fetched.
 */
export async function modelSource(
  name: string,
  options: ModelSourceOptions = {},
): Promise<URL | Record<string, Uint8Array>> {
  const model = list.find((one) => one.name === name);
  if (!model) {
    throw new RangeError(
      `modelSource: there is no model ${JSON.stringify(name)}; there are ${MODEL_NAMES.join(', ') || 'none'}`,
    );
  }
  return sourceOf(model, options);
}
