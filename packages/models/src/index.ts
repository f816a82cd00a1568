// The entry `@headwise/models`: which models there are, and where their files are.

import { list } from './generated/list.ts';
import type { ModelInfo, StoredModel } from './model.ts';

export type { ModelInfo } from './model.ts';

/** All models of the package, in the order of their names. */
export const models: readonly ModelInfo[] = list.map(({ files: _, ...info }) => info);

/** The names of {@link models}. */
export const MODEL_NAMES: readonly string[] = list.map(({ name }) => name);

/** Options of {@link modelSource}. */
export interface ModelSourceOptions {
  /** Aborts fetching; the promise then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

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

/** {@link modelSource} of any stored model. */
export async function sourceOf(
  { name, files }: StoredModel,
  { signal }: ModelSourceOptions = {},
): Promise<URL | Record<string, Uint8Array>> {
  const entries = Object.entries(files);
  const [first] = entries;
  const directory = first && new URL(first[1].href.slice(0, -first[0].length));
  if (directory && entries.every(([file, { href }]) => href === `${directory.href}${file}`)) return directory;
  const fetched = entries.map(async ([file, url]) => {
    const response = await fetch(url, { signal: signal ?? null });
    if (!response.ok)
      throw new Error(`modelSource: ${file} of ${name}: status ${response.status} of ${url.href}`);
    return [file, new Uint8Array(await response.arrayBuffer())] as const;
  });
  return Object.fromEntries(await Promise.all(fetched));
}
