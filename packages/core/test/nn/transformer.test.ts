import { beforeAll, describe, expect, it } from 'vitest';
import { type Backend, createBackend } from '../../src/index.ts';
import type { FloatArray } from '../../src/nn/torch/float-array.ts';
import { TransformerDecoder, TransformerDecoderLayer } from '../../src/nn/transformer/decoder.ts';
import { TransformerEncoder, TransformerEncoderLayer } from '../../src/nn/transformer/encoder.ts';
import { Transformer, type TransformerOptions } from '../../src/nn/transformer/transformer.ts';
import {
  backendNames,
  expectClose,
  fixtureCases,
  floats,
  mask,
  type StoredArray,
  stateDict,
} from '../helpers/fixture.ts';

interface Case {
  readonly name: string;
  readonly kind: 'encoderLayer' | 'decoderLayer' | 'encoder' | 'decoder' | 'transformer';
  readonly options: TransformerOptions & { numLayers?: number; norm?: boolean };
  readonly state: Record<string, StoredArray>;
  readonly inputs: readonly StoredArray[];
  readonly masks: Record<string, StoredArray>;
  readonly flags: Record<string, boolean>;
  readonly output: StoredArray;
  readonly weights?: StoredArray;
}

const cases = fixtureCases<Case>('transformer');

/** Runs a case of the fixture: the output for its masks. */
type Runner = (call: object) => FloatArray;

async function load(backend: Backend, { kind, options, state, inputs }: Case) {
  const [first, second] = inputs.map(floats) as [FloatArray, FloatArray];
  const weights = stateDict(state);
  switch (kind) {
    case 'encoderLayer':
    case 'encoder': {
      const layer = await (kind === 'encoder' ? TransformerEncoder : TransformerEncoderLayer).load(
        backend,
        weights,
        options,
      );
      return { layer, forward: ((call) => layer.forward(first, call)) satisfies Runner };
    }
    case 'decoderLayer':
    case 'decoder': {
      const layer = await (kind === 'decoder' ? TransformerDecoder : TransformerDecoderLayer).load(
        backend,
        weights,
        options,
      );
      return { layer, forward: ((call) => layer.forward(first, second, call)) satisfies Runner };
    }
    case 'transformer': {
      const layer = await Transformer.load(backend, weights, options);
      return { layer, forward: ((call) => layer.forward(first, second, call)) satisfies Runner };
    }
  }
}

function callOf({ masks, flags }: Case): object {
  return {
    ...flags,
    ...Object.fromEntries(Object.entries(masks).map(([name, array]) => [name, mask(array)])),
  };
}

describe.each(backendNames)('transformer layers on %s', (name) => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await createBackend(name);
  });

  it.each(cases.map((one) => [one.name, one] as const))('agrees with PyTorch: %s', async (_, one) => {
    const { layer, forward } = await load(backend, one);
    expectClose(forward(callOf(one)), one.output);
    layer.dispose();
    expect(backend.weightBytes).toBe(0);
  });

  it.each(cases.filter(({ weights }) => weights).map((one) => [one.name, one] as const))(
    'records the attention weights of PyTorch: %s',
    async (_, one) => {
      const { layer, forward } = await load(backend, one);
      let seen: FloatArray | undefined;
      const hooks = {
        'block.attention.weights': ({ data, shape }: FloatArray) => {
          seen = { data, shape };
        },
      };
      expectClose(forward({ ...callOf(one), hooks }), one.output);
      expectClose(seen, one.weights!);
      layer.dispose();
    },
  );

  it('has hook points for every activation of encoder and decoder', async () => {
    const one = cases.find(({ kind, options }) => kind === 'transformer' && options.numDecoderLayers === 1)!;
    const { layer, forward } = await load(backend, one);
    const names = new Set<string>();
    const look = (activation: { name: string }) => {
      names.add(activation.name);
    };
    const patterns = ['encoder.blocks.*.attention.weights', 'decoder.blocks.*.crossAttention.weights'];
    patterns.push('decoder.blocks.*.residual.between', 'encoder.output', 'decoder.output');
    forward({ ...callOf(one), hooks: Object.fromEntries(patterns.map((pattern) => [pattern, look])) });
    expect([...names]).toEqual([
      'encoder.blocks.0.attention.weights',
      'encoder.blocks.1.attention.weights',
      'encoder.output',
      'decoder.blocks.0.residual.between',
      'decoder.blocks.0.crossAttention.weights',
      'decoder.output',
    ]);
    layer.dispose();
  });
});

describe('transformer layer errors', () => {
  it('throws for invalid numbers of layers and heads, and for batches of different sizes', async () => {
    const backend = await createBackend('wasm-simd');
    expect(() => TransformerEncoder.load(backend, {}, { numLayers: 0 })).toThrow('at least 1, got 0');
    expect(() => Transformer.load(backend, {}, { nhead: 3 })).toThrow('got 512, 3 and 3');
    await expect(Transformer.load(backend, {})).rejects.toThrow('encoder.layers.0.self_attn.in_proj_weight');
    const one = cases.find(({ kind }) => kind === 'decoderLayer')!;
    const layer = await TransformerDecoderLayer.load(backend, stateDict(one.state), one.options);
    const [tgt] = one.inputs.map(floats) as [FloatArray];
    const memory = { data: new Float32Array(3 * 8), shape: [3, 1, 8] };
    expect(() => layer.forward(tgt, memory)).toThrow(
      'tgt and memory must be batches of one size, got 2 and 3',
    );
    layer.dispose();
  });
});
