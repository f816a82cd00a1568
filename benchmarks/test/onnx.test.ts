import { describe, expect, it } from 'vitest';
import { bertConfigs, randomBertWeights } from '../src/cases/bert.ts';
import { type DecoderConfig, randomDecoderWeights } from '../src/cases/decoders.ts';
import { operationWork } from '../src/cases/work.ts';
import { bertGraph } from '../src/engines/onnx/bert.ts';
import { decoderGraph } from '../src/engines/onnx/decoder.ts';
import { OnnxGraph } from '../src/engines/onnx/graph.ts';
import { linear } from '../src/engines/onnx/layers.ts';
import { ModelProto } from '../src/engines/onnx/model-proto.ts';
import { onnxWork } from '../src/engines/onnx/work.ts';
import { tinyGpt2, tinyQwen2 } from './lib/tiny-configs.ts';
import { works } from './lib/works.ts';

interface Node {
  opType: string;
  domain: string;
  input: string[];
  output: string[];
  attribute: { name: string; i?: number; f?: number; type: number }[];
}
interface Initializer {
  name: string;
  dims: number[];
  dataType: number;
  rawData: Uint8Array;
  externalData: { key: string; value: string }[];
}
interface Model {
  irVersion: number;
  opsetImport: { domain: string; version: number }[];
  graph: { node: Node[]; initializer: Initializer[]; input: { name: string }[]; output: { name: string }[] };
}

/** Reads a model's bytes back, 64-bit integers as numbers. */
function decode(bytes: Uint8Array): Model {
  const message = ModelProto.decode(bytes);
  return ModelProto.toObject(message, { longs: Number, arrays: true, defaults: true }) as unknown as Model;
}

/** Expects every input of a node to be defined before it: by a node, a constant or a graph input. */
function expectValid({ graph }: Model): void {
  const known = new Set([...graph.input, ...graph.initializer].map(({ name }) => name));
  for (const { opType, input, output } of graph.node) {
    // An empty name stands for an omitted optional input or output.
    for (const name of input.filter(Boolean)) expect(known, `${opType} takes ${name}`).toContain(name);
    for (const name of output.filter(Boolean)) {
      expect(known).not.toContain(name);
      known.add(name);
    }
  }
  for (const { name } of graph.output) expect(known).toContain(name);
}

const layer = { k: 32, n: 2, weights: Float32Array.from({ length: 64 }, (_, i) => i - 32) };

function linearModel(dtype: 'f32' | 'q8' | 'q4'): Model {
  const graph = new OnnxGraph();
  const x = graph.input('x', 'float32', [3, 32]);
  graph.output('y', linear(graph, x, { ...layer, bias: Float32Array.of(1, 2) }, dtype), 'float32', [3, 2]);
  return decode(graph.encode());
}

describe('OnnxGraph', () => {
  it('writes a product with a bias', () => {
    const model = linearModel('f32');
    expectValid(model);
    expect(model.irVersion).toBe(8);
    expect(model.opsetImport).toEqual([
      { domain: '', version: 17 },
      { domain: 'com.microsoft', version: 1 },
    ]);
    expect(model.graph.node.map(({ opType }) => opType)).toEqual(['MatMul', 'Add', 'Identity']);
    expect(model.graph.input).toEqual([
      {
        name: 'x',
        type: { tensorType: { elemType: 1, shape: { dim: [{ dimValue: 3 }, { dimValue: 32 }] } } },
      },
    ]);
    const [weights] = model.graph.initializer;
    expect(weights).toMatchObject({ dims: [32, 2], dataType: 1 });
    expect(new Float32Array(weights!.rawData.slice().buffer)).toEqual(layer.weights);
  });

  it('writes dynamically quantised int8 products', () => {
    const model = linearModel('q8');
    expectValid(model);
    expect(model.graph.node.map(({ opType }) => opType)).toEqual([
      'DynamicQuantizeLinear',
      'MatMulInteger',
      'Cast',
      'Mul',
      'Mul',
      'Add',
      'Identity',
    ]);
    expect(model.graph.initializer.map(({ dataType }) => dataType)).toEqual([3, 3, 1, 1]);
  });

  it('writes the 4-bit operator of ONNX Runtime with its attributes', () => {
    const model = linearModel('q4');
    expectValid(model);
    const [node] = model.graph.node;
    expect(node).toMatchObject({ opType: 'MatMulNBits', domain: 'com.microsoft' });
    expect(Object.fromEntries(node!.attribute.map(({ name, i }) => [name, i]))).toEqual({
      K: 32,
      N: 2,
      bits: 4,
      block_size: 32,
    });
    expect(model.graph.initializer.map(({ dims }) => dims)).toEqual([[2, 1, 16], [2], [2]]);
  });

  it('writes float and integer attributes', () => {
    const graph = new OnnxGraph();
    const x = graph.input('x', 'float32', [1]);
    graph.output(
      'y',
      graph.node('LayerNormalization', [x], { axis: -1, epsilon: { float: 1 } }),
      'float32',
      [1],
    );
    const [node] = decode(graph.encode()).graph.node;
    expect(node!.attribute.map(({ name, i, f, type }) => ({ name, i, f, type }))).toEqual([
      { name: 'axis', i: -1, f: 0, type: 2 },
      { name: 'epsilon', i: 0, f: 1, type: 1 },
    ]);
  });

  it("throws RangeError when a constant's length does not match its shape", () => {
    expect(() => new OnnxGraph().constant(new Float32Array(3), [2, 2])).toThrow('expected 4 elements, got 3');
  });
});

describe('onnxWork', () => {
  const operators: Partial<Record<string, string>> = {
    linear: 'MatMul',
    conv1d: 'Conv',
    softmax: 'Softmax',
    layerNorm: 'LayerNormalization',
    rmsNorm: 'SimplifiedLayerNormalization',
    gate: 'Sigmoid',
    add: 'Add',
    scale: 'Mul',
    activate: 'Erf',
    embedding: 'Gather',
    meanPool: 'LpNormalization',
    rotary: 'RotaryEmbedding',
    lstmGates: 'Tanh',
    gruGates: 'Tanh',
  };

  it.each(works)('writes a valid graph of $kind and feeds all its inputs', (work) => {
    const { model, feeds, output } = onnxWork(work)!;
    const decoded = decode(model);
    expectValid(decoded);
    const fused = work.kind === 'attention' && (work.parameters.keys !== undefined || work.parameters.causal);
    const operator = operators[work.kind] ?? (fused ? 'Attention' : 'Softmax');
    expect(decoded.graph.node.map(({ opType }) => opType)).toContain(operator);
    expect(decoded.graph.input.map(({ name }) => name)).toEqual(feeds.map(({ name }) => name));
    expect(decoded.graph.output.map(({ name }) => name)).toEqual([output]);
  });

  it('concatenates the outputs of a decoding step', () => {
    const linear = operationWork('linear', { rows: 1, inFeatures: 32, outFeatures: 2, dtype: 'q8' });
    const { model, feeds } = onnxWork({ kind: 'decode', dtype: 'q8', layers: [linear, linear] })!;
    const decoded = decode(model);
    expectValid(decoded);
    expect(feeds.map(({ name }) => name)).toEqual(['x32']);
    expect(decoded.graph.node.at(-2)).toMatchObject({
      opType: 'Concat',
      input: [expect.any(String), expect.any(String)],
    });
  });
});

describe('bertGraph', () => {
  it('writes all layers of an encoder', () => {
    const config = {
      ...bertConfigs.MiniLM,
      vocab_size: 200,
      hidden_size: 32,
      num_hidden_layers: 2,
      num_attention_heads: 4,
      intermediate_size: 64,
    };
    const weights = randomBertWeights(config, 1);
    const work = {
      kind: 'encoder',
      dtype: 'f32',
      model: 'BERT-base shape',
      config,
      text: '',
      weights,
    } as const;
    const model = decode(bertGraph({ ...work, ids: Int32Array.of(101, 7, 102) }));
    expectValid(model);
    const count = (type: string) => model.graph.node.filter(({ opType }) => opType === type).length;
    // Per layer: six linear layers and attention's two products.
    expect(count('MatMul')).toBe(2 * 8);
    expect(count('Softmax')).toBe(2);
    expect(count('Erf')).toBe(2);
    expect(count('LayerNormalization')).toBe(1 + 2 * 2);
    expect(model.graph.input.map(({ name }) => name)).toEqual([
      'input_ids',
      'attention_mask',
      'token_type_ids',
    ]);
  });
});

describe('decoderGraph', () => {
  const build = (config: DecoderConfig, dtype: 'f32' | 'q4') => {
    const { model, externalData } = decoderGraph(config, randomDecoderWeights(config, 1), dtype);
    return { model: decode(model), externalData };
  };

  it.each([
    // Per layer: queries, keys and values in one, the output layer, and two or three of the feed-forward; and the head.
    ['GPT-2', tinyGpt2, 2 * 4 + 1, 'SkipLayerNormalization', 5],
    ['Qwen2', tinyQwen2, 2 * 5 + 1, 'SkipSimplifiedLayerNormalization', 4],
  ] as const)('writes all layers of %s with cache inputs and outputs', (_, config, products, norm, norms) => {
    const { model } = build(config, 'f32');
    expectValid(model);
    expect(model.opsetImport[0]).toEqual({ domain: '', version: 23 });
    const count = (type: string) => model.graph.node.filter(({ opType }) => opType === type).length;
    expect(count('MatMul')).toBe(products);
    expect(count('Attention')).toBe(2);
    expect(count(norm)).toBe(norms);
    const caches = (before: string) => [0, 1].flatMap((i) => [`${before}.${i}.key`, `${before}.${i}.value`]);
    const names = (values: readonly { name: string }[]) => values.map(({ name }) => name).sort();
    expect(names(model.graph.input)).toEqual(['input_ids', ...caches('past_key_values'), 'position_ids']);
    expect(names(model.graph.output)).toEqual(['logits', ...caches('present')]);
    expect(count('MatMulNBits')).toBe(0);
    const inFourBits = build(config, 'q4').model.graph.node;
    expect(inFourBits.filter(({ opType }) => opType === 'MatMulNBits')).toHaveLength(products);
  });

  it('keeps large constants outside the model', () => {
    const { model, externalData } = build(tinyGpt2, 'f32');
    const outside = model.graph.initializer.filter((each) => each.externalData.length > 0);
    expect(outside.map(({ name }) => name)).toEqual(externalData.map(({ path }) => path));
    expect(outside.length).toBeGreaterThan(8);
    for (const [i, { dims, rawData, externalData: entries }] of outside.entries()) {
      const bytes = 4 * dims.reduce((product, dim) => product * dim, 1);
      expect(rawData).toHaveLength(0);
      expect(Object.fromEntries(entries.map(({ key, value }) => [key, value]))).toEqual({
        location: externalData[i]!.path,
        offset: '0',
        length: String(bytes),
      });
      expect(externalData[i]!.data).toHaveLength(bytes);
    }
  });
});
