import type { Dtype } from '../../row.ts';
import type { OnnxGraph } from './graph.ts';
import { int4Block, quantizeInt4, quantizeInt8 } from './quantize.ts';

/** Weights of a linear layer: `y = x · weights + bias`, `weights` as `[k, n]`. */
export interface LinearWeights {
  readonly k: number;
  readonly n: number;
  readonly weights: Float32Array;
  readonly bias?: Float32Array;
}

/** A linear layer, as exporters and quantisers write it for the type. */
export function linear(graph: OnnxGraph, x: string, layer: LinearWeights, dtype: Dtype): string {
  const product = { f32: matmulF32, q8: matmulInt8, q4: matmulInt4 }[dtype](graph, x, layer);
  return layer.bias ? graph.node('Add', [product, graph.constant(layer.bias, [layer.n])]) : product;
}

function matmulF32(graph: OnnxGraph, x: string, { k, n, weights }: LinearWeights): string {
  return graph.node('MatMul', [x, graph.constant(weights, [k, n])]);
}

/** The nodes of onnxruntime's `quantize_dynamic(per_channel=True)`, which the runtime fuses to `DynamicQuantizeMatMul`. */
function matmulInt8(graph: OnnxGraph, x: string, { k, n, weights }: LinearWeights): string {
  const { values, scales } = quantizeInt8(weights, k, n);
  const [xq, xScale, xZero] = graph.manyOutputs('DynamicQuantizeLinear', [x], {}, { outputs: 3 });
  const zeros = graph.constant(new Int8Array(n), [n]);
  const product = graph.node('MatMulInteger', [xq!, graph.constant(values, [k, n]), xZero!, zeros]);
  const float = graph.node('Cast', [product], { to: 1 });
  const scale = graph.node('Mul', [xScale!, graph.constant(scales, [n])]);
  return graph.node('Mul', [float, scale]);
}

function matmulInt4(graph: OnnxGraph, x: string, { k, n, weights }: LinearWeights): string {
  const { packed, scales } = quantizeInt4(weights, k, n);
  const blocks = k / int4Block;
  const inputs = [
    x,
    graph.constant(packed, [n, blocks, int4Block / 2]),
    graph.constant(scales, [n * blocks]),
  ];
  const attributes = { K: k, N: n, bits: 4, block_size: int4Block };
  return graph.node('MatMulNBits', inputs, attributes, { domain: 'com.microsoft' });
}

/** Layer normalisation over the last dimension, as torch exports it. */
export function layerNorm(
  graph: OnnxGraph,
  x: string,
  gamma: Float32Array,
  beta: Float32Array,
  epsilon: number,
): string {
  const size = gamma.length;
  const inputs = [x, graph.constant(gamma, [size]), graph.constant(beta, [size])];
  return graph.node('LayerNormalization', inputs, { axis: -1, epsilon: { float: epsilon } });
}

/** GELU with the error function, decomposed as torch exports it. The runtime fuses it. */
export function gelu(graph: OnnxGraph, x: string): string {
  const erf = graph.node('Erf', [graph.node('Div', [x, graph.scalar(Math.SQRT2)])]);
  const twice = graph.node('Mul', [x, graph.node('Add', [erf, graph.scalar(1)])]);
  return graph.node('Mul', [twice, graph.scalar(0.5)]);
}

/** Scaled dot-product attention of `[heads, tokens, size]` operands, the keys already transposed. */
export function attend(
  graph: OnnxGraph,
  queries: string,
  keysT: string,
  values: string,
  size: number,
): string {
  const scores = graph.node('MatMul', [queries, keysT]);
  const scaled = graph.node('Div', [scores, graph.scalar(Math.sqrt(size))]);
  return graph.node('MatMul', [graph.node('Softmax', [scaled], { axis: -1 }), values]);
}
