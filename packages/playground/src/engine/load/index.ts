import type { ModelKind, ModelSource, ProgressEvent } from '@headwise/core';
import type { ModelOf } from '../job.ts';
import type { ModelEntry, ModelId } from '../registry.ts';

export interface LoadOptions {
  readonly signal: AbortSignal;
  readonly onProgress?: (event: ProgressEvent) => void;
}

/** The loaders of core, each with the code of its kind of model. */
const LOADERS = {
  encoder: () => import('./encoder.ts'),
  causalLM: () => import('./causal-lm.ts'),
  seq2seqLM: () => import('./seq2seq-lm.ts'),
  recurrentSeq2Seq: () => import('./recurrent-seq2seq.ts'),
} satisfies Record<ModelKind, unknown>;

/** Loads the model of a registry's entry from the URL of its files (in Node also a directory). */
export async function loadEntry<Id extends ModelId>(
  entry: ModelEntry,
  source: ModelSource,
  options: LoadOptions,
): Promise<ModelOf<Id>> {
  const { load } = await LOADERS[entry.kind]();
  const { weightsFile } = entry;
  // The kind of the entry, which the caller has by its id, is that of the loader.
  const weights = weightsFile === '' ? {} : { weightsFile };
  return (await load(source, { ...options, ...weights, fetch: listedOnly(entry) })) as ModelOf<Id>;
}

/** A `fetch` that answers itself for files that the entry does not have: core asks for files that most models have. */
export function listedOnly({ files }: ModelEntry): typeof fetch {
  return (input, init) => {
    const url = input instanceof Request ? input.url : String(input);
    return files.some((file) => url.endsWith(`/${file}`))
      ? fetch(input, init)
      : Promise.resolve(new Response(null, { status: 404 }));
  };
}
