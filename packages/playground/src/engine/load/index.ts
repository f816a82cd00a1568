import type { Backend, ModelSource, ProgressEvent } from '@headwise/core';
import type { ModelOf } from '../job.ts';
import type { ModelEntry, ModelId, PageModelKind } from '../registry.ts';
import type { FirstBlocks } from './first-blocks.ts';

export interface LoadOptions {
  readonly signal: AbortSignal;
  readonly onProgress?: (event: ProgressEvent) => void;
  /** Looks at the files on their way. */
  readonly firstBlocks?: FirstBlocks | undefined;
  /** Default: the fastest there is. */
  readonly backend?: Backend;
  /** The type in which weights are kept. Default: that of the files. */
  readonly dtype?: 'f32' | 'q8' | 'q4';
}

/** The loaders of core, each with the code of its kind of model. */
const LOADERS = {
  encoder: () => import('./encoder.ts'),
  causalLM: () => import('./causal-lm.ts'),
  seq2seqLM: () => import('./seq2seq-lm.ts'),
  recurrentSeq2Seq: () => import('./recurrent-seq2seq.ts'),
  speech: () => import('./speech.ts'),
} satisfies Record<PageModelKind, unknown>;

/** Loads the model of a registry's entry from the URL of its files (in Node also a directory). */
export async function loadEntry<Id extends ModelId>(
  entry: ModelEntry,
  source: ModelSource,
  { firstBlocks, ...options }: LoadOptions,
): Promise<ModelOf<Id>> {
  const { load } = await LOADERS[entry.kind]();
  const { weightsFile } = entry;
  // The kind of the entry, which the caller has by its id, is that of the loader.
  return (await load(source, {
    ...options,
    ...(weightsFile !== '' && { weightsFile }),
    fetch: listedOnly(entry, firstBlocks),
  })) as ModelOf<Id>;
}

/** A `fetch` that answers itself for files that the entry does not have: core asks for files that most models have. */
export function listedOnly({ files }: ModelEntry, firstBlocks?: FirstBlocks): typeof fetch {
  return async (input, init) => {
    const url = input instanceof Request ? input.url : String(input);
    if (!files.some((file) => url.endsWith(`/${file}`))) return new Response(null, { status: 404 });
    const response = await fetch(input, init);
    return firstBlocks && (init?.method ?? 'GET') === 'GET' ? firstBlocks.observe(url, response) : response;
  };
}
