import { ConfigError } from '../../errors.ts';
import type { ModelSource } from './resolve.ts';

/** Extensions of files with a whole model: weights, configuration and usually the tokenizer. */
const MODEL_FILE_EXTENSION = /\.(?:gguf|bin|data)$/i;

/** Whether a file may contain a whole model, by its extension. */
export function isModelFile(name: string): boolean {
  return MODEL_FILE_EXTENSION.test(name);
}

/**
 * Splits a path or URL of a model file (see {@link isModelFile}) into its directory and the file's name; undefined for other sources. A URL
 * keeps its query, which may contain a signature.
 */
export function splitModelFile(source: ModelSource): { directory: ModelSource; file: string } | undefined {
  if (source instanceof URL) return splitUrl(source);
  if (typeof source !== 'string') return undefined;
  if (/^(?:https?|file):/i.test(source)) return URL.canParse(source) ? splitUrl(new URL(source)) : undefined;
  const nameStart = Math.max(source.lastIndexOf('/'), source.lastIndexOf('\\')) + 1;
  // A path must begin with `./`, `../`, `/` or a drive letter: `org/name.gguf` is a hub id and `name.gguf` is invalid.
  if (
    nameStart === 0 ||
    !MODEL_FILE_EXTENSION.test(source) ||
    !/^(?:\.{1,2}[\\/]|[\\/]|[a-z]:[\\/])/i.test(source)
  )
    return undefined;
  return { directory: source.slice(0, nameStart), file: source.slice(nameStart) };
}

function splitUrl(url: URL): { directory: URL; file: string } | undefined {
  if (!MODEL_FILE_EXTENSION.test(url.pathname)) return undefined;
  const nameStart = url.pathname.lastIndexOf('/') + 1;
  const directory = new URL(url);
  directory.pathname = url.pathname.slice(0, nameStart);
  return { directory, file: decoded(url, url.pathname.slice(nameStart)) };
}

function decoded(url: URL, name: string): string {
  try {
    return decodeURIComponent(name);
  } catch (cause) {
    throw new ConfigError(`model: expected a file name in UTF-8, percent-encoded, in the URL ${url}`, {
      cause,
    });
  }
}
