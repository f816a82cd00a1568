import type { ModelSource, SourceOptions } from '../weights/sources/resolve.ts';
import type { WeightAdapter } from '../weights/types.ts';

/** Where a model's files are; those in memory are not kept from being freed. */
export interface KnownSource {
  readonly source: string | WeakRef<Exclude<ModelSource, string | URL>>;
  readonly options: SourceOptions & { weightsFile?: string; adapter?: WeightAdapter };
}

const sources = new WeakMap<object, KnownSource>();

/** Notes where a model was loaded from, for `saveModel`, and returns it. */
export function withSource<Model extends object>(
  model: Model,
  source: ModelSource,
  { signal: _, onProgress: __, ...options }: KnownSource['options'],
): Model {
  const known = typeof source === 'string' || source instanceof URL ? String(source) : new WeakRef(source);
  sources.set(model, { source: known, options });
  return model;
}

/** Where a model was loaded from; undefined for what no loader returned. */
export function sourceOf(model: object): KnownSource | undefined {
  return sources.get(model);
}
