// The entry `@headwise/models`: which models there are, and where their files are.

import { ConfigError } from '@headwise/core';
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
 * The files of a model, for `loadModel` and the other loaders of `@headwise/core`: the URL of their directory in Node, Deno and Bun; in browsers their
 * contents, fetched, under whatever names a bundler has given them.
 *
 * ```ts
 * const model = await loadModel(await modelSource('grammar-en-ko'));
 * ```
 *
 * Rejects with `ConfigError` for a name that is not in {@link MODEL_NAMES} and for an unknown option, and with `LoadError` for a file that cannot be
 * fetched.
 */
export async function modelSource(
  name: string,
  options: ModelSourceOptions = {},
): Promise<URL | Record<string, Uint8Array>> {
  const model = list.find((one) => one.name === name);
  if (!model) {
    throw new ConfigError(
      `modelSource: there is no model ${JSON.stringify(name)}; there are ${MODEL_NAMES.join(', ') || 'none'}`,
    );
  }
  return sourceOf(model, options);
}
