import { LoadError } from '@headwise/core';
import { checkOptions } from '@headwise/core/internal';
import type { StoredModel } from './model.ts';

/** Options of `modelSource`. */
export interface ModelSourceOptions {
  /** Aborts fetching; the promise then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** `modelSource` of any stored model. */
export async function sourceOf(
  { name, files }: StoredModel,
  options: ModelSourceOptions = {},
): Promise<URL | Record<string, Uint8Array>> {
  checkOptions('modelSource', options, { signal: 'signal' });
  const { signal } = options;
  const entries = Object.entries(files);
  const [first] = entries;
  const directory = first && new URL(first[1].href.slice(0, -first[0].length));
  const isDirectory = entries.every(([file, { href }]) => href === `${directory?.href}${file}`);
  // On a server the files are fetched one by one: they are known, and some servers answer requests for missing files with a page.
  if (directory?.protocol === 'file:' && isDirectory) return directory;
  const fetched = entries.map(async ([file, url]) => {
    const response = await fetch(url, { signal: signal ?? null });
    if (!response.ok)
      throw new LoadError(
        'http',
        `modelSource: ${file} of ${name}: status ${response.status} of ${url.href}`,
        { file, url: url.href, status: response.status },
      );
    return [file, new Uint8Array(await response.arrayBuffer())] as const;
  });
  return Object.fromEntries(await Promise.all(fetched));
}
