import { describe, expect, it } from 'vitest';
import { saveModel } from '../../src/save.ts';
import { loadSpeech } from '../../src/speech.ts';
import type { ModelSource } from '../../src/weights/sources/resolve.ts';
import { ggmlFile } from '../helpers/ggml.ts';
import { watchedBackend } from '../helpers/kept-weights.ts';
import { tinyWhisperFiles } from '../helpers/tiny-whisper.ts';

const repository = tinyWhisperFiles() as ModelSource;
const whisperCpp = { 'ggml-tiny.bin': ggmlFile() };
const SOURCES = [
  ['a repository', repository, {}],
  ['a file of whisper.cpp', whisperCpp, { weightsFile: 'ggml-tiny.bin' }],
] as const;

async function keptWeights(source: ModelSource, options: { dtype?: 'q8' | 'q4'; weightsFile?: string }) {
  const { backend, kept } = await watchedBackend('wasm-simd');
  const model = await loadSpeech(source, { backend, ...options });
  const { dtype, alignmentHeads } = model;
  const ids = model.tokenizer.encode('a bc', { addSpecialTokens: false }).ids;
  await model.dispose();
  return { kept, dtype, alignmentHeads, ids: [...ids] };
}

describe('a saved Whisper', () => {
  it.each(SOURCES)(
    'of %s has the bits of one that is quantised when it is loaded',
    async (_, source, options) => {
      for (const dtype of ['q8', 'q4'] as const) {
        const files = new Map<string, Uint8Array>();
        const saved = await saveModel(source, files, { dtype, ...options });
        expect(saved.dtype).toBe(dtype);
        // Without a type: the file says it.
        expect(await keptWeights(files, {})).toEqual(await keptWeights(source, { dtype, ...options }));
      }
    },
  );

  it('has the files of its repository, and those that a file of whisper.cpp stands for', async () => {
    const names = async (source: ModelSource, options: { weightsFile?: string }) => {
      const files = new Map<string, Uint8Array>();
      await saveModel(source, files, { dtype: 'q8', ...options });
      return [...files.keys()].sort();
    };
    const files = ['config.json', 'generation_config.json', 'model.safetensors', 'tokenizer.json'];
    expect(await names(repository, {})).toEqual(files);
    const alone = files.filter((name) => name !== 'generation_config.json');
    expect(await names(whisperCpp, { weightsFile: 'ggml-tiny.bin' })).toEqual(alone);
  });
});
