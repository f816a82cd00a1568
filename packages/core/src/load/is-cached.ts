import { LoadError } from '../errors.ts';
import { checkOptions } from '../options.ts';
import type { FileCache } from '../platform/cache.ts';
import { type ModelSource, openFileCache, settings } from '../weights/sources/resolve.ts';
import { isEmbedder } from './embedder-kind.ts';
import type { LoadModelOptions } from './load-model.ts';
import { COMPUTE_OPTIONS } from './load-weights.ts';
import { openEmbedder } from './open-embedder.ts';
import { OPEN_ENCODER_OPTIONS, openEncoder } from './open-encoder.ts';
import { OPEN_GENERATOR_OPTIONS, openGenerator } from './open-generator.ts';
import { openRepository, requireModelKind } from './open-repository.ts';
import { openSingleFile } from './open-single-file.ts';

/**
 * Whether a model can be loaded without a request: all files that its loader needs are in the cache, or in a directory or in memory. The
 * options are those with which it will be loaded. Its files are opened and checked; weights are not read, and their bytes are verified with
 * `verify: true` alone.
 *
 * ```ts
 * if (await isCached('sentence-transformers/all-MiniLM-L6-v2')) console.log('works offline');
 * ```
 *
 * Rejects with `FormatError` or `ConfigError` for a model that is there and cannot be loaded.
 */
export async function isCached(source: ModelSource, options: LoadModelOptions = {}): Promise<boolean> {
  const task = 'isCached';
  checkOptions(task, options, OPEN_ENCODER_OPTIONS, OPEN_GENERATOR_OPTIONS, COMPUTE_OPTIONS);
  const { cache = settings.cache ?? true, verify = false } = options;
  const store = typeof cache === 'object' ? cache : openFileCache();
  const only = { ...options, verify, cache: cache !== false && store ? onlyCached(store) : NOTHING };
  try {
    if (await openSingleFile(source, only)) return true;
    const repository = await openRepository(source, only);
    if (await isEmbedder(repository)) {
      await openEmbedder(task, repository, only);
      return true;
    }
    const kind = requireModelKind(task, repository.configJson);
    if (kind === 'encoder') await openEncoder(task, source, only, repository);
    else await openGenerator(task, kind, source, only, repository);
    return true;
  } catch (error) {
    const isMissing =
      error instanceof LoadError && (error.reason === 'not-found' || error.reason === 'damaged');
    if (isMissing) return false;
    throw error;
  }
}

/** The same cache, whose files are used without requests. */
const onlyCached = (store: FileCache): FileCache => ({
  mode: 'only',
  match: (key) => store.match(key),
  put: (...parameters) => store.put(...parameters),
  delete: (key) => store.delete(key),
});

const NOTHING: FileCache = {
  mode: 'only',
  match: async () => undefined,
  put: async () => {
    throw new LoadError('unreadable', 'isCached: nothing is stored');
  },
  delete: async () => false,
};
