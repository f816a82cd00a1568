import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  type BackendName,
  ConfigError,
  cosineSimilarity,
  LoadError,
  loadCausalLM,
  loadEncoder,
  loadModel,
  type ModelSource,
  parseSafetensors,
} from '../../src/index.ts';
import { saveModel } from '../../src/save.ts';
import { watchedBackend } from '../helpers/kept-weights.ts';
import { MINILM } from '../helpers/minilm.ts';
import { tinyDecoders, tinyFamilies } from '../helpers/tiny-decoders.ts';
import { tinyArchitectures, tinyFiles } from '../helpers/tiny-encoders.ts';
import { tinyDecoderFiles, tinySeq2SeqFiles } from '../helpers/tiny-generators.ts';
import { tinySeq2Seqs } from '../helpers/tiny-seq2seq.ts';

type Dtype = 'f32' | 'f16' | 'q8' | 'q4';

async function keptWeights(source: ModelSource, name: BackendName, dtype?: Dtype) {
  const { backend, kept } = await watchedBackend(name);
  const model = await loadModel(source, { backend, ...(dtype && { dtype }) });
  const loaded = model.dtype;
  await model.dispose();
  return { kept, dtype: loaded };
}

const models: readonly (readonly [string, () => ModelSource])[] = [
  ...tinyArchitectures.map((name) => [name, () => tinyFiles(name) as ModelSource] as const),
  ...[...tinyDecoders, ...tinyFamilies].map(
    (name) => [name, () => tinyDecoderFiles(name) as ModelSource] as const,
  ),
  ...tinySeq2Seqs.map((name) => [name, () => tinySeq2SeqFiles(name) as ModelSource] as const),
];

describe('a saved model', () => {
  it.each(models)('%s has the bits of one that is quantised when it is loaded', async (_, files) => {
    for (const dtype of ['q4', 'q8', 'f16'] as const) {
      const source = files();
      const saved = new Map<string, Uint8Array>();
      await saveModel(source, saved, { dtype });
      for (const name of ['wasm-relaxed-simd', 'wasm-simd'] as const) {
        const expected = await keptWeights(source, name, dtype);
        // Without a type: the file says it.
        expect(await keptWeights(saved, name), `${dtype} on ${name}`).toEqual(expected);
      }
    }
  });
});
