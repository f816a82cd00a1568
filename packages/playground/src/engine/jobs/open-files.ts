import type { JobContext, LocalFiles, LocalModel, ModelStore } from '../job.ts';

/** Loads a model from files that the visitor opened: a repository's, or a GGUF file. */
export async function run(
  store: ModelStore,
  { files }: { readonly files: LocalFiles },
  _: JobContext,
): Promise<LocalModel> {
  return store.open(files, 'opened');
}
