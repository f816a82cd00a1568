import { describe, expect, it } from 'vitest';
import {
  availableBackends,
  type Checkpoint,
  cosineSimilarity,
  createBackend,
  LoadError,
  ShapeError,
  weightTypes,
} from '../../src/index.ts';
import {
  ALL_WEIGHTS,
  decoderFromCheckpoint,
  LocalDecoderEngine,
  parseDecoderConfig,
} from '../../src/internal.ts';
import type { FloatArray } from '../../src/nn.ts';
import { difference } from '../helpers/fixture.ts';
import {
  changedDecoder,
  decodeBatch,
  someIds,
  type TinyDecoder,
  tinyDecoderCheckpoint,
  tinyDecoderConfig,
  tinyDecoders,
} from '../helpers/tiny-decoders.ts';

const ids = someIds(12);
const rows = Int32Array.from(ids.keys());

interface Variant {
  readonly config?: Record<string, unknown>;
  readonly record?: readonly string[];
  readonly backend?: (typeof backends)[number];
  readonly dtype?: (typeof weightTypes)[number];
}
const backends = availableBackends();

/** The logits of a decoder for some tokens. */
async function read(name: TinyDecoder, checkpoint: Checkpoint, variant: Variant = {}) {
  const { config = {}, record = [], backend: backendName = 'reference', dtype = 'f32' } = variant;
  const backend = await createBackend(backendName);
  const parsed = parseDecoderConfig({ ...tinyDecoderConfig(name), ...config });
  const decoder = await decoderFromCheckpoint(parsed, checkpoint, backend, { ...ALL_WEIGHTS, dtype });
  const engine = new LocalDecoderEngine(backend, decoder);
  const session = await engine.openSession({ slots: 1, capacity: ids.length });
  const { logits, recorded } = await session.decode(decodeBatch({ ids }), { rows, record });
  await engine.dispose();
  return { logits: logits.data, recorded };
}

const plain = async (name: TinyDecoder, variant?: Variant) =>
  read(name, await tinyDecoderCheckpoint(name), variant);

describe('a decoder checkpoint', () => {
  it.each([
    ['gpt2', (tensor: string) => `transformer.${tensor}`],
    ['llama', (tensor: string) => tensor.replace(/^model\./, '')],
  ] as const)('of %s loads with and without the prefix', async (name, rename) => {
    const renamed = await changedDecoder(name, (tensors) => {
      for (const [tensor, data] of [...tensors]) {
        tensors.delete(tensor);
        tensors.set(rename(tensor), data);
      }
    });
    expect(difference((await read(name, renamed)).logits, (await plain(name)).logits)).toBe(0);
  });

  it('may have unused tensors: masks and frequencies', async () => {
    const gpt2 = await changedDecoder('gpt2', (tensors) => {
      tensors.set('h.1.attn.bias', { shape: [1, 1, 4, 4], data: new Float32Array(16) });
      tensors.set('h.1.attn.masked_bias', { shape: [], data: new Float32Array(1) });
    });
    expect(difference((await read('gpt2', gpt2)).logits, (await plain('gpt2')).logits)).toBe(0);
    const qwen = await changedDecoder('qwen2', (tensors) => {
      tensors.set('model.layers.0.self_attn.rotary_emb.inv_freq', { shape: [3], data: new Float32Array(3) });
    });
    expect(difference((await read('qwen2', qwen)).logits, (await plain('qwen2')).logits)).toBe(0);
  });

  it.each([
    ['gpt2', 'wte.weight'],
    ['qwen2', 'model.embed_tokens.weight'],
  ] as const)('of %s may have an untied or a tied head', async (name, words) => {
    const copied = await changedDecoder(name, (tensors) => {
      tensors.set('lm_head.weight', tensors.get(words)!);
    });
    const untied = await read(name, copied, { config: { tie_word_embeddings: false } });
    expect(difference(untied.logits, (await plain(name)).logits)).toBeLessThanOrEqual(1e-6);
    const other = await changedDecoder(name, (tensors) => {
      tensors.set('lm_head.weight', { shape: [61, 24], data: new Float32Array(61 * 24) });
    });
    const silent = await read(name, other, { config: { tie_word_embeddings: false } });
    expect(Math.max(...silent.logits.map(Math.abs))).toBe(0);
    // What decides is the file: see `tie_weights` of Hugging Face Transformers 5.
    expect(difference((await read(name, other)).logits, silent.logits)).toBe(0);
    expect(difference((await read(name, copied)).logits, (await plain(name)).logits)).toBeLessThanOrEqual(
      1e-6,
    );
    const only = await changedDecoder(name, (tensors) => {
      tensors.set('lm_head.weight', tensors.get(words)!);
      tensors.delete(words);
    });
    expect(difference((await read(name, only)).logits, (await plain(name)).logits)).toBe(0);
  });

  const mistakes: [
    string,
    TinyDecoder,
    (tensors: Map<string, FloatArray>) => void,
    object,
    typeof LoadError | typeof ShapeError,
    string,
  ][] = [
    ['a missing tensor', 'gpt2', (t) => t.delete('h.1.ln_2.bias'), {}, LoadError, 'h.1.ln_2.bias'],
    [
      'a missing Conv1D',
      'gpt2',
      (t) => t.delete('h.0.attn.c_attn.weight'),
      {},
      LoadError,
      '"h.0.attn.c_attn.weight"',
    ],
    [
      'a missing layer',
      'llama',
      (t) => t.delete('model.layers.1.mlp.up_proj.weight'),
      {},
      LoadError,
      '"model.layers.1.mlp.up_proj.weight"',
    ],
    [
      'more layers than there are',
      'llama',
      () => {},
      { num_hidden_layers: 3 },
      LoadError,
      '"model.layers.2.self_attn.q_proj.weight"',
    ],
    ['no head', 'qwen2', () => {}, { tie_word_embeddings: false }, LoadError, '"lm_head.weight"'],
    [
      'no biases',
      'llama',
      () => {},
      { attention_bias: true },
      LoadError,
      '"model.layers.0.self_attn.q_proj.bias"',
    ],
    [
      'layers that the model does not have',
      'mistral',
      (t) => t.set('model.layers.2.mlp.up_proj.weight', { shape: [1], data: new Float32Array(1) }),
      {},
      LoadError,
      'mistral has no weights named model.layers.2.mlp.up_proj.weight',
    ],
    [
      'biases that the model does not have',
      'llama',
      (t) => t.set('model.layers.0.self_attn.q_proj.bias', { shape: [24], data: new Float32Array(24) }),
      {},
      LoadError,
      'llama has no weights named model.layers.0.self_attn.q_proj.bias',
    ],
    [
      'norms of heads that the model does not have',
      'llama',
      (t) => t.set('model.layers.0.self_attn.q_norm.weight', { shape: [6], data: new Float32Array(6) }),
      {},
      LoadError,
      'no weights named model.layers.0.self_attn.q_norm.weight',
    ],
    [
      'another vocabulary',
      'qwen3',
      () => {},
      { vocab_size: 60 },
      ShapeError,
      'model.embed_tokens.weight must be [60, 24] by the configuration, is [61, 24]',
    ],
    [
      'other heads',
      'llama',
      () => {},
      { num_key_value_heads: 4 },
      ShapeError,
      'k_proj.weight must be [24, 24] by the configuration, is [12, 24]',
    ],
    [
      'another size of heads',
      'qwen3',
      () => {},
      { head_dim: 12 },
      ShapeError,
      'q_norm.weight must be [12] by the configuration, is [10]',
    ],
    [
      'other hidden units',
      'gpt2',
      () => {},
      { n_inner: 90 },
      ShapeError,
      'h.0.mlp.c_fc.weight must be [90, 24] by the configuration, is [96, 24]',
    ],
    ['more positions', 'gpt2', () => {}, { n_positions: 50 }, ShapeError, 'wpe.weight must be [50, 24]'],
    [
      'a Conv1D that is no matrix',
      'gpt2',
      (t) => t.set('h.0.attn.c_attn.weight', { shape: [24 * 72], data: new Float32Array(24 * 72) }),
      {},
      ShapeError,
      'h.0.attn.c_attn.weight must be [in, out] with an out that divides by 3, is [1728]',
    ],
    [
      'a Conv1D that is not three layers',
      'gpt2',
      (t) => t.set('h.0.attn.c_attn.bias', { shape: [71], data: new Float32Array(71) }),
      {},
      ShapeError,
      'h.0.attn.c_attn.bias must be [out] with an out that divides by 3, is [71]',
    ],
  ];

  it.each(mistakes)(
    'with %s throws, and all memory is released',
    async (_, name, change, config, kind, message) => {
      const checkpoint = await changedDecoder(name, change);
      const parsed = parseDecoderConfig({ ...tinyDecoderConfig(name), ...config });
      for (const backendName of backends) {
        const backend = await createBackend(backendName);
        await expect(decoderFromCheckpoint(parsed, checkpoint, backend)).rejects.toThrow(kind);
        await expect(decoderFromCheckpoint(parsed, checkpoint, backend)).rejects.toThrow(message);
        expect(backend.weightBytes).toBe(0);
      }
    },
  );
});

describe('variants', () => {
  it('Llama with interleaved rotary pairs', async () => {
    for (const name of ['llama', 'qwen2'] as const) {
      const interleaved = await changedDecoder(name, (tensors) => {
        for (const [tensor, { shape, data }] of [...tensors]) {
          if (!/\.(q|k)_proj\.(weight|bias)$/.test(tensor)) continue;
          const width = shape[1] ?? 1;
          const turned = new Float32Array(data.length);
          // Rows i and i + 3 of a head become rows 2i and 2i + 1.
          for (let row = 0; row < shape[0]!; row++) {
            const [head, within] = [Math.floor(row / 6), row % 6];
            const to = head * 6 + (within < 3 ? 2 * within : 2 * (within - 3) + 1);
            turned.set(data.subarray(row * width, (row + 1) * width), to * width);
          }
          tensors.set(tensor, { shape, data: turned });
        }
      });
      const { logits } = await read(name, interleaved, { config: { rope_interleave: true } });
      expect(difference(logits, (await plain(name)).logits)).toBeLessThanOrEqual(1e-5);
    }
  });

  it('Llama with partial rotary positions', async () => {
    const record = ['blocks.0.attention.heads.1.queries'];
    const config = { partial_rotary_factor: 0.34 };
    const { recorded } = await plain('llama', { config, record });
    const turned = recorded.get(record[0]!)!.data;
    const still = (
      await plain('llama', { config: { rope_theta: 1e30, max_position_embeddings: 48 }, record })
    ).recorded;
    const unturned = still.get(record[0]!)!.data;
    for (const [row] of ids.entries()) {
      // At theta 1e30 only the first pair rotates: features 0 and 3 of 6, here features 0 and 1.
      for (const feature of [2, 4, 5])
        expect(turned[row * 6 + feature]).toBeCloseTo(unturned[row * 6 + feature]!, 5);
      expect(Math.hypot(turned[row * 6]!, turned[row * 6 + 1]!)).toBeCloseTo(
        Math.hypot(
          Math.cos(row) * unturned[row * 6]! + Math.sin(row) * unturned[row * 6 + 3]!,
          unturned[row * 6 + 1]!,
        ),
        4,
      );
    }
  });

  it('Llama with biases in attention and feed-forward network', async () => {
    const bias = (size: number, seed: number): FloatArray => ({
      shape: [size],
      data: Float32Array.from(someIds(size, seed), (id) => id / 61 - 0.5),
    });
    const biased = await changedDecoder('llama', (tensors) => {
      for (const layer of [0, 1]) {
        const at = `model.layers.${layer}`;
        for (const [i, letter] of ['q', 'k', 'v'].entries()) {
          const rows = tensors.get(`${at}.self_attn.${letter}_proj.weight`)!.shape[0]!;
          tensors.set(`${at}.self_attn.${letter}_proj.bias`, bias(rows, 2 + i));
        }
        tensors.set(`${at}.self_attn.o_proj.bias`, bias(24, 7));
        tensors.set(`${at}.mlp.gate_proj.bias`, bias(40, 8));
        tensors.set(`${at}.mlp.up_proj.bias`, bias(40, 9));
        tensors.set(`${at}.mlp.down_proj.bias`, bias(24, 10));
      }
    });
    const weights = await tinyDecoderCheckpoint('llama');
    const matrix = async (name: string) => {
      const { bytes } = await weights.read(`model.layers.0.${name}.weight`);
      return new Float32Array(bytes.slice().buffer);
    };
    /** x · weightᵀ + bias, by definition. */
    const linear = async (x: Float32Array, name: string, { data }: FloatArray) => {
      const weight = await matrix(name);
      const width = weight.length / data.length;
      return Float32Array.from({ length: (x.length / width) * data.length }, (_, at) => {
        const [row, out] = [Math.floor(at / data.length), at % data.length];
        let sum = data[out]!;
        for (let i = 0; i < width; i++) sum += x[row * width + i]! * weight[out * width + i]!;
        return sum;
      });
    };
    const silu = (value: number) => value / (1 + Math.exp(-value));
    const record = [
      'attention.values',
      'attention.norm',
      'attention.context',
      'attention.output',
      'feedForward.norm',
      'feedForward.hidden',
      'feedForward.output',
    ].map((name) => `blocks.0.${name}`);
    for (const backend of backends) {
      const config = { attention_bias: true, mlp_bias: true };
      const { recorded } = await read('llama', biased, { config, record, backend });
      const got = (name: string) => recorded.get(`blocks.0.${name}`)!.data;
      const expectLinear = async (from: string, to: string, name: string, added: FloatArray) =>
        expect(difference(got(to), await linear(got(from), name, added))).toBeLessThanOrEqual(1e-5);
      await expectLinear('attention.norm', 'attention.values', 'self_attn.v_proj', bias(12, 4));
      await expectLinear('attention.context', 'attention.output', 'self_attn.o_proj', bias(24, 7));
      await expectLinear('feedForward.hidden', 'feedForward.output', 'mlp.down_proj', bias(24, 10));
      const gate = await linear(got('feedForward.norm'), 'mlp.gate_proj', bias(40, 8));
      const up = await linear(got('feedForward.norm'), 'mlp.up_proj', bias(40, 9));
      const hidden = gate.map((value, i) => silu(value) * up[i]!);
      expect(difference(got('feedForward.hidden'), hidden)).toBeLessThanOrEqual(1e-5);
    }
  });

  it('GPT-2 with scores scaled by layer, or unscaled', async () => {
    const record = ['blocks.*.attention.scores'];
    const scores = async (config: Record<string, unknown>, layer: number) =>
      (await plain('gpt2', { config, record })).recorded.get(`blocks.${layer}.attention.scores`)!.data;
    const usual = await scores({}, 0);
    const finite = (values: Float32Array) => values.filter(Number.isFinite);
    const unscaled = finite(await scores({ scale_attn_weights: false }, 0));
    expect(
      difference(
        unscaled,
        finite(usual).map((score) => score * Math.sqrt(6)),
      ),
    ).toBeLessThanOrEqual(1e-5);
    const config = { scale_attn_by_inverse_layer_idx: true };
    expect(difference(finite(await scores(config, 0)), finite(usual))).toBe(0);
    const [halved, whole] = [finite(await scores(config, 1)), finite(await scores({}, 1))];
    expect(
      difference(
        halved,
        whole.map((score) => score / 2),
      ),
    ).toBeLessThanOrEqual(1e-5);
  });
});

describe.each(tinyDecoders)('quantized %s', (name) => {
  it.each(weightTypes.slice(1))('%s is close to f32', async (dtype) => {
    const { logits } = await plain(name);
    const least = { f16: 0.9999, q8: 0.95, q4: 0.7 }[dtype as 'f16' | 'q8' | 'q4'];
    for (const backend of backends) {
      const rounded = await plain(name, { backend, dtype });
      expect(cosineSimilarity(rounded.logits, logits), backend).toBeGreaterThan(least);
    }
  });
});
