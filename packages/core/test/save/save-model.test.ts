import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type BackendName,
  ConfigError,
  loadCausalLM,
  loadEncoder,
  loadModel,
  type ModelSource,
  parseSafetensors,
} from '../../src/index.ts';
import { saveModel } from '../../src/save.ts';
import { watchedBackend } from '../helpers/kept-weights.ts';
import { modulesJson, weights } from '../helpers/sentence-transformers.ts';
import { tinyDecoders, tinyFamilies } from '../helpers/tiny-decoders.ts';
import { tinyArchitectures, tinyFiles, tinyTokenizer } from '../helpers/tiny-encoders.ts';
import { tinyDecoderFiles, tinySeq2SeqFiles } from '../helpers/tiny-generators.ts';
import { tinySeq2Seqs } from '../helpers/tiny-seq2seq.ts';

type Dtype = 'f32' | 'f16' | 'q8' | 'q4';

async function keptWeights(source: ModelSource, name: BackendName, dtype?: Dtype) {
  const { backend, kept, rounded } = await watchedBackend(name);
  const model = await loadModel(source, { backend, ...(dtype && { dtype }) });
  const loaded = model.dtype;
  await model.dispose();
  return { kept, dtype: loaded, rounded };
}

async function saved(source: ModelSource, dtype: Dtype): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  await saveModel(source, files, { dtype });
  return files;
}

const models: readonly (readonly [string, () => ModelSource])[] = [
  ...tinyArchitectures.map((name) => [name, () => tinyFiles(name) as ModelSource] as const),
  ...[...tinyDecoders, ...tinyFamilies].map(
    (name) => [name, () => tinyDecoderFiles(name) as ModelSource] as const,
  ),
  ...tinySeq2Seqs.map((name) => [name, () => tinySeq2SeqFiles(name) as ModelSource] as const),
];

describe('a saved model', () => {
  // These compute matrices from others when they load, and quantise them then.
  const COMPUTED = /^deberta/;

  it.each(models)('%s has the bits of one that is quantised when it is loaded', async (model, files) => {
    for (const [dtype, ...backends] of [
      ['q4', 'wasm-relaxed-simd', 'wasm-simd'],
      ['q8', 'wasm-relaxed-simd'],
      ['f16', 'wasm-relaxed-simd'],
    ] as const) {
      const source = files();
      const small = await saved(source, dtype);
      for (const name of backends) {
        const { kept } = await keptWeights(source, name, dtype);
        // Without a type: the file says it.
        const loaded = await keptWeights(small, name);
        expect(loaded.kept, `${dtype} on ${name}`).toEqual(kept);
        expect(loaded.dtype).toBe(dtype);
        if (!COMPUTED.test(model)) expect(loaded.rounded, `${dtype} on ${name}`).toEqual([]);
      }
    }
  });

  it.each(['bert', 'gpt2', 't5'])('%s gives the same file when it is saved again', async (name) => {
    const [, files] = models.find(([model]) => model === name)!;
    for (const dtype of ['q4', 'f32'] as const) {
      const once = await saved(files(), dtype);
      const twice = new Map<string, Uint8Array>();
      await saveModel(once, twice);
      expect(twice).toEqual(once);
    }
  });

  it('computes the same on the reference backend, and can be loaded in another type', async () => {
    const files = tinyFiles('bert') as ModelSource;
    const embed = async (source: ModelSource, dtype: Dtype) => {
      const model = await loadEncoder(source, { backend: 'reference', dtype });
      const vector = await model.embed('a b');
      await model.dispose();
      return vector;
    };
    for (const dtype of ['q4', 'q8'] as const) {
      const small = await saved(files, dtype);
      expect(await embed(small, dtype)).toEqual(await embed(files, dtype));
      // As floats, the weights have the values that the integers stand for.
      const floats = await embed(small, 'f32');
      expect(floats.every(Number.isFinite)).toBe(true);
    }
  });

  it('has quantised matrices and floats for the rest, and no tensors that the model does not use', async () => {
    const small = await saved(tinyFiles('bert') as ModelSource, 'q8');
    const { tensors } = parseSafetensors(small.get('model.safetensors')!);
    const { quantization_config: config } = JSON.parse(new TextDecoder().decode(small.get('config.json')!));
    expect(config).toMatchObject({ quant_method: 'headwise', version: 1, dtype: 'q8' });
    for (const [name, { shape, types }] of Object.entries(
      config.tensors as Record<string, { shape: number[]; types: string[] }>,
    )) {
      expect(types).toEqual(['q8']);
      expect(tensors.get(`${name}.q8`)).toMatchObject({ dtype: 'I8', shape });
      expect(tensors.get(`${name}.q8.scale`)).toMatchObject({ dtype: 'F32', shape: [shape[0]] });
      expect(tensors.has(name), name).toBe(false);
    }
    expect([...tensors.keys()].filter((name) => /LayerNorm|bias/.test(name)).length).toBeGreaterThan(10);
    expect([...tensors.keys()].some((name) => name.includes('position_ids'))).toBe(false);
  });
});

describe('a saved embedder', () => {
  const vectorOf = async (source: ModelSource) => {
    const model = await loadEncoder(source, { backend: 'reference' });
    const vector = await model.embed('the river bank');
    await model.dispose();
    return vector;
  };

  it.each(['', '0_StaticEmbedding/'])(
    'of static embeddings in the folder "%s" has its table',
    async (folder) => {
      const bytes = new Uint8Array(Float32Array.from({ length: 90 * 4 }, (_, i) => Math.sin(i)).buffer);
      const source = {
        'modules.json': JSON.stringify([
          {
            idx: 0,
            name: '0',
            path: folder.slice(0, -1),
            type: 'sentence_transformers.models.StaticEmbedding',
          },
        ]),
        [`${folder}tokenizer.json`]: JSON.stringify(tinyTokenizer()),
        [`${folder}model.safetensors`]: weights({ embeddings: { dtype: 'F32', shape: [90, 4], bytes } }),
      };
      const small = await saved(source, 'f32');
      expect([...small.keys()].sort()).toEqual(Object.keys(source).sort());
      expect(await vectorOf(small)).toEqual(await vectorOf(source));
    },
  );

  it('with a Dense module has its weights', async () => {
    const values = Float32Array.from({ length: 6 * 24 }, (_, i) => Math.cos(i));
    const bytes = new Uint8Array(values.buffer);
    const source = {
      ...tinyFiles('bert', { architectures: ['BertModel'] }),
      'modules.json': modulesJson(['Transformer', 'Pooling', 'Dense']),
      '1_Pooling/config.json': JSON.stringify({ pooling_mode_mean_tokens: true }),
      '2_Dense/config.json': JSON.stringify({ in_features: 24, out_features: 6, bias: false }),
      '2_Dense/model.safetensors': weights({ 'linear.weight': { dtype: 'F32', shape: [6, 24], bytes } }),
    } as ModelSource;
    const expected = await vectorOf(source);
    expect(expected).toHaveLength(6);
    expect(await vectorOf(await saved(source, 'f32'))).toEqual(expected);
  });
});

describe('saveModel', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'headwise-save-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('writes a loaded model in its type to a directory', async () => {
    const files = tinyDecoderFiles('llama');
    const model = await loadCausalLM(files, { dtype: 'q4' });
    const directory = join(folder, 'llama');
    const { dtype, files: written } = await saveModel(model, directory);
    expect(dtype).toBe('q4');
    const names = (await readdir(directory)).sort();
    expect(names).toEqual(['config.json', 'model.safetensors', 'tokenizer.json', 'tokenizer_config.json']);
    for (const name of names) expect((await readFile(join(directory, name))).length).toBe(written.get(name));
    const again = await loadCausalLM(directory);
    const options = { maxNewTokens: 4, ignoreEos: undefined } as const;
    expect((await again.generate('abc', { maxNewTokens: options.maxNewTokens })).text).toBe(
      (await model.generate('abc', { maxNewTokens: options.maxNewTokens })).text,
    );
    await Promise.all([model.dispose(), again.dispose()]);
  });

  it('refuses a directory that has files, unless it may replace it', async () => {
    const directory = join(folder, 'taken');
    await rm(directory, { recursive: true, force: true });
    await saveModel(tinyFiles('bert') as ModelSource, directory, { dtype: 'q8' });
    await writeFile(join(directory, 'notes.txt'), 'mine');
    await expect(saveModel(tinyFiles('bert') as ModelSource, directory, { dtype: 'q8' })).rejects.toThrow(
      /has files; expected a new or an empty directory, or the option overwrite/,
    );
    expect(await readFile(join(directory, 'notes.txt'), 'utf8')).toBe('mine');
    await saveModel(tinyFiles('bert') as ModelSource, directory, { dtype: 'q4', overwrite: true });
    expect(await readdir(directory)).not.toContain('notes.txt');
  });

  it('leaves nothing when it fails or is aborted', async () => {
    const files = tinyFiles('bert');
    const target = join(folder, 'failed');
    const before = await readdir(folder);
    await expect(
      saveModel({ ...files, 'model.safetensors': new Uint8Array(100) } as ModelSource, target, {
        dtype: 'q8',
      }),
    ).rejects.toThrow(/header/);
    await expect(
      saveModel(files as ModelSource, target, { dtype: 'q8', signal: AbortSignal.abort() }),
    ).rejects.toThrow(/abort/i);
    expect(await readdir(folder)).toEqual(before);
    const map = new Map<string, Uint8Array>();
    await expect(
      saveModel({ ...files, 'model.safetensors': new Uint8Array(100) } as ModelSource, map),
    ).rejects.toThrow();
    expect(map.size).toBe(0);
  });

  it('refuses what is no model, missing files and unknown targets', async () => {
    const other = { kind: 'encoder', dispose: () => {} };
    await expect(saveModel(other as never, new Map())).rejects.toThrow(ConfigError);
    await expect(saveModel('./missing.gguf', new Map())).rejects.toThrow(/missing.gguf/);
    await expect(saveModel(tinyFiles('bert') as ModelSource, 5 as never)).rejects.toThrow(
      /target must be a directory or a Map, got number/,
    );
    await expect(
      saveModel(tinyFiles('bert') as ModelSource, new Map(), { dtype: 'q5' as never }),
    ).rejects.toThrow(/dtype must be one of/);
  });
});
