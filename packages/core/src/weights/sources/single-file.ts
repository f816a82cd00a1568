import type { ModelSource } from './resolve.ts';

/** Files that hold a model as a whole: weights, configuration and, mostly, tokeniser. */
const MODEL_FILE_EXTENSION = /\.(?:gguf|bin|data)$/i;

/** Whether a file of that name may hold a model as a whole. */
export function isModelFile(name: string): boolean {
  return MODEL_FILE_EXTENSION.test(name);
}

/**
 * The place and the name of the file, for a path or URL that ends as one of {@link isModelFile} does; undefined for every other source.
 * A URL keeps its query, which may hold a signature.
 */
export function splitModelFile(source: ModelSource): { place: ModelSource; file: string } | undefined {
  if (source instanceof URL) return splitUrl(source);
  if (typeof source !== 'string') return undefined;
  if (/^(?:https?|file):/i.test(source)) return URL.canParse(source) ? splitUrl(new URL(source)) : undefined;
  const cut = Math.max(source.lastIndexOf('/'), source.lastIndexOf('\\')) + 1;
  // Without a directory it is no path: `org/name.gguf` and `name.gguf` are refused or asked of the hub as ever.
  if (cut === 0 || !MODEL_FILE_EXTENSION.test(source) || !/^(?:\.{1,2}[\\/]|[\\/]|[a-z]:[\\/])/i.test(source))
    return undefined;
  return { place: source.slice(0, cut), file: source.slice(cut) };
}

function splitUrl(url: URL): { place: URL; file: string } | undefined {
  if (!MODEL_FILE_EXTENSION.test(url.pathname)) return undefined;
  const cut = url.pathname.lastIndexOf('/') + 1;
  const place = new URL(url);
  place.pathname = url.pathname.slice(0, cut);
  return { place, file: decodeURIComponent(url.pathname.slice(cut)) };
}
