import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  loadCausalLM,
  loadEncoder,
  parseSafetensors,
  SafetensorsCheckpoint,
  type TensorData,
  writeSafetensors,
} from '../../src/index.ts';
import { LoraAdapter, loadAdapter } from '../../src/train/index.ts';
import { parseAdapterConfig } from '../../src/train/lora/config.ts';
import { isTarget, rankOf, scaleOf } from '../../src/train/lora/targets.ts';
import { difference } from '../helpers/fixture.ts';
import { randomValues } from '../helpers/gradients.ts';
import { tinyCheckpoint, tinyFiles } from '../helpers/tiny-encoders.ts';
import { tinyDecoderFiles } from '../helpers/tiny-generators.ts';

const folder = new URL('../fixtures/lora/bert/', import.meta.url);
const configJson: Record<string, unknown> = JSON.parse(
  readFileSync(new URL('adapter_config.json', folder), 'utf8'),
);
const weights = new Uint8Array(readFileSync(new URL('adapter_model.safetensors', folder)));

/** The adapter of the tiny BERT with changes of its configuration and tensors. */
async function changed(
  config: Record<string, unknown>,
  change: (tensors: Map<string, TensorData>) => void = () => {},
) {
  const checkpoint = await SafetensorsCheckpoint.open({
    size: weights.length,
    read: async (from, to) => weights.subarray(from, to),
  });
  const tensors = new Map<string, TensorData>();
  for (const name of checkpoint.names) tensors.set(name, await checkpoint.read(name));
  change(tensors);
  return {
    'adapter_config.json': JSON.stringify({ ...configJson, ...config }),
    'adapter_model.safetensors': writeSafetensors(tensors),
  };
}

const errorOf = async (run: () => unknown) => {
  try {
    await run();
  } catch (error) {
    const { name, code, rule, message } = error as Error & { code: string; rule?: string };
    return { name, code, message, ...(rule !== undefined && { rule }) };
  }
  return undefined;
};

const QUERY = 'base_model.model.bert.encoder.layer.0.attention.self.query';

const floatTensor = (data: Float32Array, shape: readonly number[]): TensorData => ({
  dtype: 'F32',
  shape,
  bytes: new Uint8Array(data.buffer),
});

describe('loadAdapter', () => {
  it("reads the fields of PEFT's configuration, and tensors of any float type", async () => {
    const files = await changed({}, (tensors) => {
      const a = tensors.get(`${QUERY}.lora_A.weight`)!;
      const halves = new Uint16Array(a.bytes.slice().buffer).filter((_, i) => i % 2 === 1);
      tensors.set(`${QUERY}.lora_A.weight`, { ...a, dtype: 'BF16', bytes: new Uint8Array(halves.buffer) });
    });
    const adapter = await loadAdapter(files);
    const original = await loadAdapter({ ...files, 'adapter_model.safetensors': weights });
    expect(original.config).toEqual({
      r: 4,
      loraAlpha: 8,
      useRslora: false,
      targetModules: ['query', 'value'],
      modulesToSave: ['transform.dense'],
      rankPattern: {},
      alphaPattern: {},
      loraDropout: 0,
      bias: 'none',
      initLoraWeights: true,
      fanInFanOut: false,
      taskType: 'SEQ_CLS',
      baseModelNameOrPath: 'tiny-bert',
    });
    const layer = 'bert.encoder.layer.0.attention.self.query';
    const [exact, rounded] = [original, adapter].map((one) => one.layers.get(layer)!);
    expect(exact!.scale).toBe(2);
    expect(rounded!.a.shape).toEqual(exact!.a.shape);
    expect(difference(rounded!.a.data, exact!.a.data)).toBeLessThan(0.01);
    expect(rounded!.b.data).toEqual(exact!.b.data);
    expect([...original.replaced.keys()]).toEqual([
      'cls.predictions.transform.dense.weight',
      'cls.predictions.transform.dense.bias',
    ]);
    // What it writes is what it read.
    const written = parseSafetensors(original.files()['adapter_model.safetensors']);
    expect(new Set(written.tensors.keys())).toEqual(new Set(parseSafetensors(weights).tensors.keys()));
  });

  it('rejects with ConfigError for other methods, unsupported options and invalid values', async () => {
    const cases: readonly [Record<string, unknown>, string][] = [
      [{ peft_type: 'IA3' }, 'peft_type must be LORA, got "IA3"'],
      [{ peft_type: null }, 'peft_type must be LORA, got null'],
      [{ use_dora: true }, 'use_dora is not supported, got true'],
      [{ layer_replication: [[0, 2]] }, 'layer_replication is not supported, got [[0,2]]'],
      [
        { init_lora_weights: 'pissa_niter_4' },
        'init_lora_weights "pissa_niter_4" changes the base model; convert the adapter with PEFT\'s path_initial_model_for_weight_conversion',
      ],
      [{ r: '8' }, 'r must be a number, got "8"'],
      [{ r: 0 }, 'r must be a whole number from 1 to 65536, got 0'],
      [{ r: 1.5 }, 'r must be a whole number from 1 to 65536, got 1.5'],
      [{ target_modules: null }, 'target_modules must be a list or a string, got null'],
      [{ target_modules: [1] }, 'target_modules must be a list of strings, got [1]'],
      [{ bias: 'some' }, 'bias must be none, all or lora_only, got "some"'],
      [{ rank_pattern: { query: 'x' } }, 'rank_pattern must be an object of numbers, got {"query":"x"}'],
      [{ lora_dropout: 1 }, 'loraDropout must be at least 0 and below 1, got 1'],
      [{ use_rslora: 1 }, 'use_rslora must be true or false, got 1'],
    ];
    for (const [config, message] of cases) {
      const files = await changed(config);
      expect(await errorOf(() => loadAdapter(files))).toEqual({
        name: 'ConfigError',
        code: 'ERR_CONFIG',
        message: `adapter_config.json: ${message}`,
      });
    }
    expect(await errorOf(() => parseAdapterConfig([]))).toMatchObject({
      name: 'ConfigError',
      message: 'adapter_config.json must contain an object, got []',
    });
  });

  it('rejects with FormatError for missing pairs, other ranks and unknown tensors', async () => {
    const cases: readonly [(tensors: Map<string, TensorData>) => void, string, string][] = [
      [
        (tensors) => tensors.delete(`${QUERY}.lora_B.weight`),
        'adapter-missing-pair',
        'adapter_model.safetensors: bert.encoder.layer.0.attention.self.query has lora_A but no lora_B',
      ],
      [
        (tensors) => tensors.set(`${QUERY}.lora_B.weight`, floatTensor(new Float32Array(24 * 3), [24, 3])),
        'adapter-rank',
        'adapter: bert.encoder.layer.0.attention.self.query must have A [4, in] and B [out, 4] by the configuration, got [4, 24] and [24, 3]',
      ],
      [
        (tensors) => tensors.set(`${QUERY}.lora_magnitude_vector`, floatTensor(new Float32Array(24), [24])),
        'adapter-unknown-tensor',
        `adapter_model.safetensors: ${QUERY}.lora_magnitude_vector is not supported; expected lora_A.weight, lora_B.weight, lora_embedding_A or lora_embedding_B`,
      ],
      [(tensors) => tensors.clear(), 'adapter-empty', 'adapter: it has no layers'],
    ];
    for (const [change, rule, message] of cases) {
      const files = await changed({}, change);
      expect(await errorOf(() => loadAdapter(files))).toEqual({
        name: 'FormatError',
        code: 'ERR_FORMAT',
        rule,
        message,
      });
    }
    const broken = { ...(await changed({})), 'adapter_model.safetensors': weights.subarray(0, 100) };
    expect(await errorOf(() => loadAdapter(broken))).toMatchObject({ name: 'FormatError' });
    const files = await changed({});
    expect(
      await errorOf(() => loadAdapter({ 'adapter_config.json': files['adapter_config.json'] })),
    ).toMatchObject({ name: 'LoadError', code: 'ERR_LOAD' });
    const pickle = { 'adapter_config.json': files['adapter_config.json'], 'adapter_model.bin': 'x' };
    expect(await errorOf(() => loadAdapter(pickle))).toMatchObject({
      name: 'LoadError',
      message:
        'the files given has adapter_model.bin, a pickle; save the adapter as adapter_model.safetensors (PEFT: safe_serialization=True)',
    });
  });
});

describe('LoraAdapter.mergeInto', () => {
  const config = { r: 2, loraAlpha: 4, targetModules: ['dense'] };
  const factors = (out: number, inFeatures: number) => ({
    a: { shape: [2, inFeatures], data: randomValues(2 * inFeatures, 1) },
    b: { shape: [out, 2], data: randomValues(out * 2, 2) },
  });
  const base = (shapes: Readonly<Record<string, readonly number[]>>) => {
    const tensors = Object.entries(shapes).map(([name, shape]): [string, TensorData] => [
      name,
      floatTensor(randomValues(shape[0]! * (shape[1] ?? 1), name.length), shape),
    ]);
    const bytes = writeSafetensors(tensors);
    return SafetensorsCheckpoint.open({
      size: bytes.length,
      read: async (from, to) => bytes.subarray(from, to),
    });
  };
  const floatsOf = ({ bytes }: TensorData) => new Float32Array(bytes.slice().buffer);

  it('reads slices of W + s · B · A, of linear layers, Conv1D layers and embeddings', async () => {
    const layers = new Map<string, ReturnType<typeof factors> & { isEmbedding?: boolean }>([
      ['a.dense', factors(3, 4)],
      ['b.dense', factors(5, 2)],
      ['table', { ...factors(3, 6), isEmbedding: true }],
    ]);
    const stored = await base({
      'a.dense.weight': [3, 4],
      'b.dense.weight': [2, 5],
      'table.weight': [6, 3],
      other: [2],
    });
    const merged = new LoraAdapter(config, layers).mergeInto(stored);
    expect(merged.names).toEqual(stored.names);
    expect(merged.info('b.dense.weight')).toEqual({ dtype: 'F32', shape: [2, 5] });
    expect(await merged.read('other')).toEqual(await stored.read('other'));
    for (const [name, layer, transposed] of [
      ['a.dense', 'a.dense.weight', false],
      ['b.dense', 'b.dense.weight', true],
      ['table', 'table.weight', true],
    ] as const) {
      const { a, b } = layers.get(name)!;
      const { shape } = stored.info(layer);
      const [rows, columns] = [shape[0]!, shape[1]!];
      const whole = floatsOf(await stored.read(layer));
      for (let row = 0; row < rows; row++) {
        for (let column = 0; column < columns; column++) {
          const [out, i] = transposed ? [column, row] : [row, column];
          let delta = 0;
          for (let k = 0; k < 2; k++) delta += b.data[out * 2 + k]! * a.data[k * a.shape[1]! + i]!;
          whole[row * columns + column]! += 2 * delta;
        }
      }
      expect(difference(floatsOf(await merged.read(layer)), whole)).toBeLessThan(1e-6);
      const lastRow = await merged.read(layer, { axis: 0, from: rows - 1, to: rows });
      expect(lastRow.shape).toEqual([1, columns]);
      expect(difference(floatsOf(lastRow), whole.slice((rows - 1) * columns))).toBeLessThan(1e-6);
      const inner = await merged.read(layer, { axis: 1, from: 1, to: columns });
      const expected = whole.filter((_, index) => index % columns >= 1);
      expect(difference(floatsOf(inner), expected)).toBeLessThan(1e-6);
    }
    await expect(merged.read('a.dense.weight', { axis: 0, from: 0, to: 4 })).rejects.toThrow('slice 0 to 4');
  });

  it('decides by fanInFanOut for square weights', async () => {
    const layers = new Map([['a.dense', factors(3, 3)]]);
    const stored = await base({ 'a.dense.weight': [3, 3] });
    const weight = floatsOf(await stored.read('a.dense.weight'));
    const deltaOf = async (fanInFanOut: boolean) => {
      const merged = new LoraAdapter({ ...config, fanInFanOut }, layers).mergeInto(stored);
      return floatsOf(await merged.read('a.dense.weight')).map((value, i) => value - weight[i]!);
    };
    const [plain, transposed] = [await deltaOf(false), await deltaOf(true)];
    expect(difference(plain, transposed)).toBeGreaterThan(0.01);
    const turned = plain.map((_, i) => plain[(i % 3) * 3 + Math.floor(i / 3)]!);
    expect(difference(turned, transposed)).toBeLessThan(1e-6);
  });

  it('finds layers whose names differ by the prefix of the base model', async () => {
    const stored = await tinyCheckpoint('bert');
    const adapter = await loadAdapter(await changed({}));
    const name = 'encoder.layer.0.attention.self.query.weight';
    const expected = await adapter.mergeInto(stored).read(`bert.${name}`);
    // A checkpoint without the prefix, as that of BertModel.
    const bare = {
      names: stored.names.map((one) => one.replace(/^bert\./, '')),
      info: (one: string) => stored.info(stored.names.includes(`bert.${one}`) ? `bert.${one}` : one),
      read: (one: string) => stored.read(stored.names.includes(`bert.${one}`) ? `bert.${one}` : one),
    };
    expect(await adapter.mergeInto(bare).read(name)).toEqual(expected);
    // And an adapter without the prefix.
    const withoutPrefix = new LoraAdapter(
      adapter.config,
      new Map([...adapter.layers].map(([layer, values]) => [layer.replace(/^bert\./, ''), values])),
    );
    expect(await withoutPrefix.mergeInto(stored).read(`bert.${name}`)).toEqual(expected);
  });

  it('throws FormatError for layers and tensors that the checkpoint does not have, and for other shapes', async () => {
    const stored = await base({ 'a.dense.weight': [3, 4] });
    const merge = (name: string, out: number, inFeatures: number, replaced: readonly string[] = []) => {
      const values = { shape: [1], data: new Float32Array(1) };
      return new LoraAdapter(
        { ...config, modulesToSave: ['head'] },
        new Map([[name, factors(out, inFeatures)]]),
        new Map(replaced.map((one) => [one, values])),
      ).mergeInto(stored);
    };
    expect(await errorOf(() => merge('b.dense', 3, 4))).toMatchObject({
      rule: 'adapter-unknown-target',
      message: 'adapter: the checkpoint has no weight of the layer b.dense',
    });
    expect(await errorOf(() => merge('a.dense', 3, 5))).toMatchObject({
      rule: 'adapter-shape',
      message: 'adapter: a.dense has [5] inputs and [3] outputs, its weight is [3, 4]',
    });
    expect(await errorOf(() => merge('a.dense', 3, 4, ['other.bias']))).toMatchObject({
      rule: 'adapter-unknown-tensor',
      message: 'adapter: other.bias is in neither the checkpoint nor modulesToSave',
    });
    const merged = merge('a.dense', 3, 4, ['head.weight']);
    expect(merged.names).toEqual(['a.dense.weight', 'head.weight']);
    expect((await merged.read('head.weight')).bytes.length).toBe(4);
  });
});

describe('isTarget', () => {
  const names = [
    'model.layers.0.self_attn.q_proj',
    'model.layers.0.self_attn.v_proj',
    'model.layers.0.mlp.up_proj',
    'model.layers.1.self_attn.q_proj',
    'model.layers.12.self_attn.q_proj',
    'lm_head',
  ];
  const chosen = (config: Parameters<typeof isTarget>[0]) =>
    names.flatMap((name, i) => (isTarget(config, name) ? [i] : []));

  it('matches ends of names, regular expressions and all linear layers as PEFT does', () => {
    expect(chosen({ targetModules: ['q_proj'] })).toEqual([0, 3, 4]);
    expect(chosen({ targetModules: ['proj'] })).toEqual([]);
    expect(chosen({ targetModules: ['self_attn.q_proj', 'lm_head'] })).toEqual([0, 3, 4, 5]);
    expect(chosen({ targetModules: '.*\\.(q|v)_proj' })).toEqual([0, 1, 3, 4]);
    expect(chosen({ targetModules: '(?P<all>.*)\\.v_proj' })).toEqual([1]);
    expect(chosen({ targetModules: 'q_proj' })).toEqual([]);
    expect(chosen({ targetModules: 'all-linear' })).toEqual([0, 1, 2, 3, 4]);
    expect(chosen({ targetModules: ['q_proj'], excludeModules: ['layers.1.self_attn.q_proj'] })).toEqual([
      0, 4,
    ]);
    expect(chosen({ targetModules: 'all-linear', excludeModules: '.*mlp.*' })).toEqual([0, 1, 3, 4]);
    expect(chosen({ targetModules: 'all-linear', modulesToSave: ['self_attn'] })).toEqual([2]);
    expect(chosen({ targetModules: ['q_proj'], layersToTransform: [1, 12] })).toEqual([3, 4]);
    expect(chosen({ targetModules: ['q_proj'], layersToTransform: 1 })).toEqual([3]);
    expect(chosen({ targetModules: ['q_proj'], layersToTransform: [0], layersPattern: 'layers' })).toEqual([
      0,
    ]);
    expect(chosen({ targetModules: ['q_proj'], layersToTransform: [0], layersPattern: ['h'] })).toEqual([]);
  });

  it('takes ranks and alphas from the patterns that match', () => {
    const config = {
      targetModules: ['q_proj'],
      r: 8,
      loraAlpha: 16,
      rankPattern: { 'layers.0.self_attn.q_proj': 2 },
      alphaPattern: { '.*layers\\.1.*': 4 },
    };
    expect(names.slice(0, 4).map((name) => rankOf(config, name))).toEqual([2, 8, 8, 8]);
    expect(names.slice(0, 4).map((name) => scaleOf(config, name))).toEqual([8, 2, 2, 0.5]);
    expect(scaleOf({ ...config, useRslora: true }, names[1]!)).toBeCloseTo(16 / Math.sqrt(8));
  });
});

describe('the option adapter of loaders', () => {
  it('merges an adapter into the weights of encoders and of generating models', async () => {
    const adapter = await loadAdapter(await changed({}));
    const options = { backend: 'wasm-simd', taskHeads: ['maskedLM'] } as const;
    const files = tinyFiles('bert');
    const [plain, adapted] = [
      await loadEncoder(files, options),
      await loadEncoder(files, { ...options, adapter }),
    ];
    const merged = adapter.mergeInto(await tinyCheckpoint('bert'));
    const tensors = await Promise.all(
      merged.names.map(async (name) => [name, await merged.read(name)] as const),
    );
    const expected = await loadEncoder({ ...files, 'model.safetensors': writeSafetensors(tensors) }, options);
    const text = 'she sat by the river';
    const vectors = await Promise.all([plain, adapted, expected].map((model) => model.embed(text)));
    expect(difference(vectors[1]!, vectors[2]!)).toBe(0);
    expect(difference(vectors[0]!, vectors[1]!)).toBeGreaterThan(1e-3);

    const gpt2 = new URL('../fixtures/lora/gpt2/', import.meta.url);
    const generator = await loadAdapter({
      'adapter_config.json': readFileSync(new URL('adapter_config.json', gpt2), 'utf8'),
      'adapter_model.safetensors': new Uint8Array(readFileSync(new URL('adapter_model.safetensors', gpt2))),
    });
    const source = tinyDecoderFiles('gpt2');
    const models = [await loadCausalLM(source), await loadCausalLM(source, { adapter: generator })];
    const scores = await Promise.all(models.map((model) => model.perplexity('the river bank')));
    expect(scores[0]!.perplexity).not.toBeCloseTo(scores[1]!.perplexity, 2);
    for (const model of [plain, adapted, expected, ...models]) await model.dispose();
  });
});
