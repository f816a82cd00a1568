import { outputsOf } from '@headwise/operation-cases';
import type { DecodeWork, OperationWork } from '../../cases/work.ts';
import { type ElementWise, gate, gruGates, lstmGates } from '../arrays.ts';
import type { Prepared } from '../engine.ts';
import { headMajor, inputMajor, transpose } from '../layout.ts';
import { type ElementType, OnnxGraph } from './graph.ts';
import { attend, gelu, layerNorm, linear } from './layers.ts';

/** An input of a graph and its value. */
export interface Feed {
  readonly name: string;
  readonly type: ElementType;
  readonly data: Float32Array | BigInt64Array;
  readonly dims: readonly number[];
}

/** A model and its inputs. */
export interface OnnxWork {
  readonly model: Uint8Array;
  readonly feeds: readonly Feed[];
  readonly output: string;
  readonly arrange?: Prepared['arrange'];
}

function elementWiseOf(graph: OnnxGraph): ElementWise<string> {
  return {
    add: (x, y) => graph.node('Add', [x, y]),
    sub: (x, y) => graph.node('Sub', [x, y]),
    mul: (x, y) => graph.node('Mul', [x, y]),
    sigmoid: (x) => graph.node('Sigmoid', [x]),
    tanh: (x) => graph.node('Tanh', [x]),
    split: (x, parts) => graph.manyOutputs('Split', [x], { axis: -1 }, { outputs: parts }),
    concat: (parts, axis) => graph.node('Concat', parts, { axis }),
  };
}

/** Writes an operation, or the layers of a decoding step, as an ONNX model; undefined if ONNX has no such operator. */
export function onnxWork(work: OperationWork | DecodeWork): OnnxWork | undefined {
  const causal = work.kind === 'attention' && work.parameters.causal === true;
  const fused = causal || (work.kind === 'attention' && work.parameters.keys !== undefined);
  // The operators Attention and RotaryEmbedding are of operator set 23.
  const graph = new OnnxGraph({ opset: work.kind === 'rotary' || fused ? 23 : 17 });
  const feeds: Feed[] = [];
  const feed = (name: string, data: Float32Array, ...dims: readonly number[]): string => {
    feeds.push({ name, type: 'float32', data, dims });
    return graph.input(name, 'float32', dims);
  };
  const finish = (value: string, ...dims: readonly number[]): OnnxWork => {
    graph.output('y', value, 'float32', dims);
    return { model: graph.encode(), feeds, output: 'y' };
  };
  const elementWise = elementWiseOf(graph);

  switch (work.kind) {
    case 'linear': {
      const { rows, inFeatures, outFeatures } = work.parameters;
      return finish(linearOf(graph, feed('x', work.values.x, rows, inFeatures), work), rows, outFeatures);
    }
    case 'conv1d': {
      const { lengths, inChannels, outChannels, kernelSize, stride = 1, padding = 0 } = work.parameters;
      const [length = 0] = lengths;
      if (lengths.length !== 1 || padding === 'same') return undefined;
      const { values } = work;
      const x = feed('x', transpose(values.x, length, inChannels), 1, inChannels, length);
      const inputs = [x, graph.constant(values.weight, [outChannels, inChannels, kernelSize])];
      if (values.bias) inputs.push(graph.constant(values.bias, [outChannels]));
      const y = graph.node('Conv', inputs, { strides: [stride], pads: [padding, padding] });
      const outputs = outputsOf(work.parameters);
      const arrange = (output: Float32Array) => transpose(output, outChannels, outputs);
      return { ...finish(y, 1, outChannels, outputs), arrange };
    }
    case 'softmax': {
      const { rows, width } = work.parameters;
      const x = feed('x', work.values.x, rows, width);
      return finish(graph.node('Softmax', [x], { axis: -1 }), rows, width);
    }
    case 'layerNorm': {
      const { rows, width, epsilon } = work.parameters;
      const { x, gain, bias } = work.values;
      return finish(layerNorm(graph, feed('x', x, rows, width), gain, bias, epsilon), rows, width);
    }
    case 'rmsNorm': {
      const { rows, width, epsilon } = work.parameters;
      const inputs = [feed('x', work.values.x, rows, width), graph.constant(work.values.gain, [width])];
      const attributes = { axis: -1, epsilon: { float: epsilon } };
      return finish(graph.node('SimplifiedLayerNormalization', inputs, attributes), rows, width);
    }
    case 'gate': {
      const { rows, width } = work.parameters;
      return finish(gate(elementWise, feed('x', work.values.x, rows, 2 * width)), rows, width);
    }
    case 'add': {
      const { shape } = work.parameters;
      const inputs = [feed('x', work.values.x, ...shape), feed('added', work.values.y, ...shape)];
      return finish(graph.node('Add', inputs), ...shape);
    }
    case 'scale': {
      const { shape, factor } = work.parameters;
      const x = feed('x', work.values.x, ...shape);
      return finish(graph.node('Mul', [x, graph.scalar(factor)]), ...shape);
    }
    case 'activate': {
      const { shape, activation } = work.parameters;
      if (activation !== 'gelu') return undefined;
      return finish(gelu(graph, feed('x', work.values.x, ...shape)), ...shape);
    }
    case 'embedding': {
      const { rows, width } = work.parameters;
      const { table, ids } = work.values;
      const dims = [ids.length];
      feeds.push({ name: 'ids', type: 'int64', data: BigInt64Array.from(ids, BigInt), dims });
      const inputs = [graph.constant(table, [rows, width]), graph.input('ids', 'int64', dims)];
      return finish(graph.node('Gather', inputs), ids.length, width);
    }
    case 'meanPool': {
      const { lengths, width } = work.parameters;
      const x = feed('x', work.values.x, lengths.length, lengths[0]!, width);
      const mean = graph.node('ReduceMean', [x], { axes: [1], keepdims: 0 });
      return finish(graph.node('LpNormalization', [mean], { axis: -1, p: 2 }), lengths.length, width);
    }
    case 'rotary': {
      const { rows, heads, headDim, pairs } = work.parameters;
      const { x, cosines, sines } = work.values;
      const positions = BigInt64Array.from(work.values.positions, BigInt);
      const inputs = [
        feed('x', x, 1, rows, heads * headDim),
        ...[cosines, sines].map((table) => graph.constant(table, [rows, pairs])),
        graph.constant(positions, [1, rows]),
      ];
      const rotated = graph.node('RotaryEmbedding', inputs, { num_heads: heads });
      return finish(rotated, 1, rows, heads * headDim);
    }
    case 'lstmGates': {
      const { rows, hiddenSize } = work.parameters;
      const gates = feed('gates', work.values.gates, rows, 4 * hiddenSize);
      const cell = feed('cell', work.values.cell, rows, hiddenSize);
      return finish(lstmGates(elementWise, gates, cell), 2 * rows, hiddenSize);
    }
    case 'gruGates': {
      const { rows, hiddenSize } = work.parameters;
      const input = feed('input', work.values.input, rows, 3 * hiddenSize);
      const hidden = feed('hidden', work.values.hidden, rows, 3 * hiddenSize);
      const state = feed('state', work.values.state, rows, hiddenSize);
      return finish(gruGates(elementWise, input, hidden, state), rows, hiddenSize);
    }
    case 'attention': {
      const { heads, tokens, queryTokens, size, arrange, ...values } = headMajor(work);
      const batch = fused ? [1] : [];
      const queries = feed('queries', values.queries, ...batch, heads, queryTokens, size);
      const keys = feed('keys', values.keys, ...batch, heads, tokens, size);
      const inputs = [queries, keys, feed('values', values.values, ...batch, heads, tokens, size)] as const;
      // With a cache or a mask the operator that decoders have, see `decoderGraph`.
      const context = fused
        ? graph.node('Attention', inputs, { is_causal: causal ? 1 : 0 })
        : attend(graph, queries, graph.node('Transpose', [keys], { perm: [0, 2, 1] }), inputs[2], size);
      return { ...finish(context, ...batch, heads, queryTokens, size), arrange };
    }
    case 'decode': {
      const inputs = new Map<number, string>();
      const outputs = work.layers.map((layer) => {
        const width = layer.parameters.inFeatures;
        const x = inputs.get(width) ?? feed(`x${width}`, layer.values.x, 1, width);
        inputs.set(width, x);
        return linearOf(graph, x, layer);
      });
      const length = work.layers.reduce((sum, { parameters }) => sum + parameters.outFeatures, 0);
      return finish(graph.node('Concat', outputs, { axis: -1 }), 1, length);
    }
    default:
      return undefined;
  }
}

function linearOf(graph: OnnxGraph, x: string, work: OperationWork<'linear'>): string {
  const { inFeatures: k, outFeatures: n, dtype } = work.parameters;
  if (dtype === 'f16') throw new TypeError('onnx: dtype must be f32, q8 or q4, got f16');
  return linear(graph, x, { k, n, weights: inputMajor(work) }, dtype ?? 'f32');
}
