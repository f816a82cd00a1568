import { type AnyModel, loadModel } from '@headwise/core';
import { loadSpeech, type SpeechModel } from '@headwise/core/speech';
import { modelSource } from '@headwise/models';
import { installedFiles } from '../../plugins/model-files.ts';
import { QUANTISED_MINILM, quantiseMiniLM } from '../../plugins/quantised-minilm.ts';
import { QUANTISED_WHISPER, quantiseWhisper } from '../../plugins/quantised-whisper.ts';
import type { JobContext, ModelStore } from '../../src/engine/job.ts';
import type { ModelId } from '../../src/engine/registry.ts';

const loaded = new Map<ModelId, Promise<AnyModel | SpeechModel>>();

async function open(id: ModelId): Promise<AnyModel | SpeechModel> {
  if (id === 'minilm') {
    await quantiseMiniLM();
    return loadModel(QUANTISED_MINILM);
  }
  if (id === 'whisper-tiny') {
    await quantiseWhisper();
    return loadSpeech(QUANTISED_WHISPER);
  }
  return loadModel(await modelSource(id));
}

/** Where the files of a model of the page are installed. */
export function folderOf(id: ModelId): string {
  const [name, path] = installedFiles(id)[0]!;
  return path.slice(0, -name.length);
}

/** MiniLM, Whisper-tiny and the models of `@headwise/models`, in Node. Each is loaded once. */
export const store: ModelStore = {
  locate: (id) => {
    if (id === 'minilm') return QUANTISED_MINILM;
    throw new Error(`no directory of ${id}`);
  },
  open: () => Promise.reject(new Error('no files are opened')),
  load: <Id extends ModelId>(id: Id) => {
    const model = loaded.get(id) ?? open(id);
    loaded.set(id, model);
    return model as ReturnType<typeof store.load<Id>>;
  },
};

/** What a job has besides; nobody aborts it or looks at its progress. */
export const context: JobContext<unknown> = {
  signal: new AbortController().signal,
  progress: () => undefined,
  breathe: async () => undefined,
};
