import { ConfigError, type ModelKind, type ProgressEvent } from '@headwise/core';
import type { LocalFiles, LocalModel, LocalOrigin, ModelOf } from '../job.ts';
import type { LocalId, ModelId } from '../registry.ts';

const IDS: Readonly<Record<Exclude<ModelKind, 'recurrentSeq2Seq'>, LocalId>> = {
  encoder: 'local-encoder',
  causalLM: 'local-decoder',
  seq2seqLM: 'local-pair',
};

/** A model of files, and what the page needs to know of it. */
export interface LoadedFiles {
  readonly local: LocalModel;
  readonly model: ModelOf<ModelId>;
}

/** Loads a model of any kind that has attention. Rejects as core's `loadModel` does, with `ConfigError` for recurrent models. */
export async function loadLocal(
  files: LocalFiles,
  origin: LocalOrigin,
  options: { readonly signal: AbortSignal; readonly onProgress?: (event: ProgressEvent) => void },
): Promise<LoadedFiles> {
  const { load } = await import('./any.ts');
  const model = await load(files, options);
  const bytes = Object.values(files).reduce((sum, { size }) => sum + size, 0);
  if (model.kind === 'recurrentSeq2Seq') {
    await model.dispose();
    throw new ConfigError('explore: a recurrent model has no heads of attention to show');
  }
  return { model, local: { id: IDS[model.kind], name: nameOf(files), bytes, origin } };
}

/** The name of the file with the weights. */
function nameOf(files: LocalFiles): string {
  const largest = Object.entries(files).sort(([, a], [, b]) => b.size - a.size)[0];
  return largest?.[0] ?? '';
}
