import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  loadCausalLM,
  loadEncoder,
  loadModel,
  loadRecurrentSeq2Seq,
  loadSeq2SeqLM,
  MemoryLimitError,
  type ModelSource,
  openCheckpoint,
  openFileCache,
  resolveSource,
  type SourceOptions,
  writeSafetensors,
} from '../../src/index.ts';
import { ggufOfCheckpoint } from '../helpers/gguf-models.ts';
import { recordingFetch, type SeenRequest } from '../helpers/recording-fetch.ts';
import { modulesJson } from '../helpers/sentence-transformers.ts';
import { temporaryDirectory } from '../helpers/temporary.ts';
import { tinyDecoderCheckpoint, tinyDecoderConfig } from '../helpers/tiny-decoders.ts';
import { tinyFiles } from '../helpers/tiny-encoders.ts';
import { tinyDecoderFiles, tinySeq2SeqFiles } from '../helpers/tiny-generators.ts';
import { tinyRecurrentFiles } from '../helpers/tiny-recurrent.ts';

type Files = Record<string, string | Uint8Array>;
type Load = (
  source: ModelSource,
  options: SourceOptions & { memoryLimit?: number },
) => Promise<{ dispose(): Promise<void> }>;

const SOURCE = 'https://example.com/m/';

/** As MiniLM's repository has them. */
const sentenceFiles = (): Files => ({
  ...(tinyFiles('bert') as Files),
  'modules.json': modulesJson(['Transformer', 'Pooling', 'Normalize']),
  'sentence_bert_config.json': '{"max_seq_length":64,"do_lower_case":false}',
  '1_Pooling/config.json': '{"pooling_mode_mean_tokens":true}',
  'config_sentence_transformers.json': '{}',
  'tokenizer_config.json': '{"tokenizer_class":"BertTokenizer"}',
  'special_tokens_map.json': '{"unk_token":"[UNK]"}',
});

const depthOf = (requests: readonly SeenRequest[]) => Math.max(...requests.map(({ depth }) => depth));
const countsOf = (requests: readonly SeenRequest[]) => {
  const gets = requests.filter(({ method }) => method === 'GET').map(({ name }) => name);
  return Object.fromEntries(gets.map((name) => [name, gets.filter((one) => one === name).length]));
};
const weightsIn = (requests: readonly SeenRequest[]) =>
  requests.filter(({ name }) => /safetensors$|gguf$/.test(name));

afterEach(() => vi.restoreAllMocks());

describe('the files of a model that is loaded for the first time', () => {
  it.each<[string, Load, () => Files, number]>([
    ['an encoder', loadEncoder, () => tinyFiles('bert') as Files, 1],
    ['an encoder of sentence-transformers', loadEncoder, sentenceFiles, 2],
    ['loadModel for an encoder', loadModel, sentenceFiles, 2],
    ['a decoder', loadCausalLM, () => tinyDecoderFiles('llama'), 1],
    [
      'a decoder with a chat template',
      loadCausalLM,
      () =>
        tinyDecoderFiles('llama', {
          'chat_template.jinja': '{{ messages }}',
          'generation_config.json': '{}',
        }),
      2,
    ],
    ['loadModel for a decoder', loadModel, () => tinyDecoderFiles('llama'), 2],
    ['an encoder–decoder', loadSeq2SeqLM, () => tinySeq2SeqFiles('t5') as Files, 1],
    ['a recurrent model', loadRecurrentSeq2Seq, () => tinyRecurrentFiles() as Files, 1],
  ])('are requested in few rounds: %s', async (_, load, files, rounds) => {
    const { requests, fetch } = recordingFetch(files());
    const model = await load(SOURCE, { fetch, cache: false });
    await model.dispose();
    expect(depthOf(requests)).toBe(rounds);
    // Each once, and none with a request for its existence first.
    expect(requests.every(({ method }) => method === 'GET')).toBe(true);
    expect(new Set(Object.values(countsOf(requests)))).toEqual(new Set([1]));
  });

  it('give the error of the first that fails, in the order of their use', async () => {
    for (let i = 0; i < 3; i++) {
      const { fetch, requests } = recordingFetch({
        ...sentenceFiles(),
        'tokenizer.json': '{',
        'tokenizer_config.json': '[',
        'modules.json': '{}',
      });
      await expect(loadEncoder(SOURCE, { fetch, cache: false })).rejects.toMatchObject({
        rule: 'modules-invalid',
      });
      for (const weights of weightsIn(requests)) expect(weights.read).toBe(0);
    }
  });

  it.each([
    ['{"model_type":"unheard-of"}', 'model_type must be one of'],
    ['{"model_type":"t5"}', 'expected an encoder'],
    ['{', 'not valid JSON'],
  ])('are given up, weights unread, when config.json is %s', async (config, message) => {
    const { fetch, requests } = recordingFetch({ ...sentenceFiles(), 'config.json': config });
    await expect(loadEncoder(SOURCE, { fetch, cache: false })).rejects.toThrow(message);
    await vi.waitFor(() => expect(weightsIn(requests)).toMatchObject([{ read: 0, isCancelled: true }]));
  });

  it('are not requested when the engine does not support the backend, or there is none of its name', async () => {
    const { fetch, requests } = recordingFetch(sentenceFiles());
    const options = { fetch, cache: false } as const;
    await expect(loadModel(SOURCE, { ...options, backend: 'webgpu' as never })).rejects.toThrow('backend:');
    vi.spyOn(WebAssembly, 'validate').mockReturnValue(false);
    for (const load of [loadEncoder, loadCausalLM, loadSeq2SeqLM, loadRecurrentSeq2Seq, loadModel] as const)
      await expect(load(SOURCE, options)).rejects.toThrow('which this engine does not support');
    expect(requests).toEqual([]);
  });
});

/** Tensors of 4 MB. */
const largeWeights = () =>
  writeSafetensors(
    new Map(
      ['a', 'b', 'c', 'd'].map((name) => [
        `${name}.weight`,
        { dtype: 'F32', shape: [512, 512], bytes: new Uint8Array(512 * 512 * 4) },
      ]),
    ),
  );

async function largeGguf(): Promise<Uint8Array> {
  const config = tinyDecoderConfig('llama');
  return ggufOfCheckpoint(config, await tinyDecoderCheckpoint('llama'), {
    extra: { 'extra.weight': new Float32Array(2 ** 20) },
  });
}

describe('weights that need more memory than there may be', () => {
  it.each([true, false])(
    'are refused by their header; the server says their size: %s',
    async (announcesSize) => {
      const kinds: [Load, string, Files][] = [
        [loadEncoder, SOURCE, { ...sentenceFiles(), 'model.safetensors': largeWeights() }],
        [loadModel, SOURCE, { ...tinyDecoderFiles('llama'), 'model.safetensors': largeWeights() }],
        [
          loadSeq2SeqLM,
          SOURCE,
          { ...(tinySeq2SeqFiles('t5') as Files), 'model.safetensors': largeWeights() },
        ],
        [loadCausalLM, `${SOURCE}model.gguf`, { 'model.gguf': await largeGguf() }],
      ];
      for (const [load, source, files] of kinds) {
        const { fetch, requests } = recordingFetch(files, { announcesSize });
        const options = { fetch, cache: openFileCache(await temporaryDirectory())!, memoryLimit: 1_000_000 };
        await expect(load(source, options)).rejects.toBeInstanceOf(MemoryLimitError);
        await vi.waitFor(() => expect(weightsIn(requests)).toMatchObject([{ isCancelled: true }]));
        expect(weightsIn(requests)[0]!.read).toBeLessThan(150_000);
      }
    },
  );

  it('are refused by the headers of all their files', async () => {
    const index = { weight_map: { 'a.weight': 'one.safetensors', 'b.weight': 'two.safetensors' } };
    const { 'model.safetensors': _, ...others } = tinyDecoderFiles('llama');
    const { fetch, requests } = recordingFetch({
      ...others,
      'model.safetensors.index.json': JSON.stringify(index),
      'one.safetensors': largeWeights(),
      'two.safetensors': largeWeights(),
    });
    await expect(
      loadCausalLM(SOURCE, { fetch, cache: false, memoryLimit: 1_000_000 }),
    ).rejects.toBeInstanceOf(MemoryLimitError);
    for (const { name, read } of weightsIn(requests))
      if (name !== 'model.safetensors') expect(read).toBeLessThan(5000);
  });
});

describe('a checkpoint on a server', () => {
  const bytes = largeWeights();

  it.each([true, false])(
    'is downloaded once, when a tensor is read; the server says its size: %s',
    async (announcesSize) => {
      const { fetch, requests } = recordingFetch({ 'model.safetensors': bytes }, { announcesSize });
      const checkpoint = await openCheckpoint(resolveSource(SOURCE, { fetch, cache: false }));
      expect(requests[0]!.read).toBeLessThan(5000);
      const [a, b] = await Promise.all([checkpoint.read('a.weight'), checkpoint.read('b.weight')]);
      expect(a.bytes.length + b.bytes.length).toBe(2 ** 21);
      expect(requests).toMatchObject([{ read: bytes.length }]);
    },
  );

  it('is checked against its size when that was not known before', async () => {
    const { fetch } = recordingFetch(
      { 'model.safetensors': bytes.subarray(0, bytes.length - 4) },
      { announcesSize: false },
    );
    const checkpoint = await openCheckpoint(resolveSource(SOURCE, { fetch, cache: false }));
    await expect(checkpoint.read('a.weight')).rejects.toMatchObject({ rule: 'offsets-past-end' });
  });

  it('gives up its connection when it is not read for some seconds, and is then requested anew', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'], shouldAdvanceTime: true });
    try {
      const { fetch, requests } = recordingFetch({ 'model.safetensors': bytes });
      const checkpoint = await openCheckpoint(resolveSource(SOURCE, { fetch, cache: false }));
      await vi.advanceTimersByTimeAsync(6000);
      expect(requests).toMatchObject([{ isCancelled: true }]);
      expect((await checkpoint.read('d.weight')).bytes.length).toBe(2 ** 20);
      expect(requests).toHaveLength(2);
    } finally {
      vi.useRealTimers();
    }
  });

  it('is refused when the file changed after its header was read', async () => {
    const files: Files = { 'model.safetensors': bytes };
    const { fetch } = recordingFetch(files);
    const source = resolveSource(SOURCE, { fetch, cache: false });
    const checkpoint = await openCheckpoint(source);
    (await source.openHeader('model.safetensors')).pause?.();
    files['model.safetensors'] = writeSafetensors(
      new Map([['other', { dtype: 'F32', shape: [1], bytes: new Uint8Array(4) }]]),
    );
    await expect(checkpoint.read('a.weight')).rejects.toMatchObject({ name: 'LoadError', reason: 'changed' });
  });
});

describe('a model that is loaded several times at once', () => {
  it.each(['with a cache', 'without'])('is downloaded once, %s', async (kind) => {
    const { fetch, requests } = recordingFetch(sentenceFiles());
    const directory = await temporaryDirectory();
    const options = () => ({ fetch, cache: kind === 'without' ? false : openFileCache(directory)! });
    const models = await Promise.all([
      loadEncoder(SOURCE, options()),
      loadModel(SOURCE, options()),
      loadEncoder(SOURCE, options()),
    ]);
    await Promise.all(models.map((model) => model.dispose()));
    const files = Object.keys(sentenceFiles());
    const counts = countsOf(requests);
    expect(Object.fromEntries(files.map((name) => [name, counts[name]]))).toEqual(
      Object.fromEntries(files.map((name) => [name, 1])),
    );
  });

  it('is downloaded by another loader when one is aborted or refused', async () => {
    const { fetch, requests } = recordingFetch(sentenceFiles());
    const cache = openFileCache(await temporaryDirectory())!;
    const controller = new AbortController();
    const aborted = loadEncoder(SOURCE, {
      fetch,
      cache,
      signal: controller.signal,
      onProgress: ({ files }) =>
        files.some(({ name, loaded }) => name === 'model.safetensors' && loaded > 20_000) &&
        controller.abort(),
    });
    const refused = loadEncoder(SOURCE, { fetch, cache, memoryLimit: 1 });
    const model = loadEncoder(SOURCE, { fetch, cache });
    await expect(aborted).rejects.toMatchObject({ name: 'AbortError' });
    await expect(refused).rejects.toBeInstanceOf(MemoryLimitError);
    await (await model).dispose();
    expect(weightsIn(requests).at(-1)).toMatchObject({ isCancelled: false });
  });
});
