import type { OperationWork } from '../../cases/work.ts';
import { gate, gruGates, lstmGates } from './gates.ts';
import { type ElementType, OnnxGraph } from './graph.ts';
import { attend, gelu, layerNorm, linear } from './layers.ts';

/** An input of a graph: what a session is fed. */
export interface Feed {
  readonly name: string;
  readonly type: ElementType;
  readonly data: Float32Array | BigInt64Array;
  readonly dims: readonly number[];
}

export interface OnnxWork {
  readonly model: Uint8Array;
  readonly feeds: readonly Feed[];
  readonly output: string;
}

/** A piece of work other than a whole model as an ONNX model with its inputs. */
export function onnxWork(work: OperationWork): OnnxWork {
  const recent = work.kind === 'rotary' || (work.kind === 'attention' && work.queryTokens < work.tokens);
  const graph = new OnnxGraph({ opset: recent ? 23 : 17 });
  const feeds: Feed[] = [];
  const feed = (name: string, data: Float32Array, dims: readonly number[]): string => {
    feeds.push({ name, type: 'float32', data, dims });
    return graph.input(name, 'float32', dims);
  };
  const finish = (value: string, dims: readonly number[]): OnnxWork => {
    graph.output('y', value, 'float32', dims);
    return { model: graph.encode(), feeds, output: 'y' };
  };

  switch (work.kind) {
    case 'matmul': {
      const { m, k, n } = work;
      const x = feed('x', work.a, [m, k]);
      return finish(linear(graph, x, { k, n, weights: work.b }, work.dtype), [m, n]);
    }
    case 'softmax': {
      const dims = [work.rows, work.columns];
      return finish(graph.node('Softmax', [feed('x', work.x, dims)], { axis: -1 }), dims);
    }
    case 'layer-norm': {
      const dims = [work.rows, work.columns];
      return finish(layerNorm(graph, feed('x', work.x, dims), work.gamma, work.beta, work.epsilon), dims);
    }
    case 'rms-norm': {
      const dims = [work.rows, work.columns];
      const gamma = graph.constant(work.gamma, [work.columns]);
      const attributes = { axis: -1, epsilon: { float: work.epsilon } };
      const x = feed('x', work.x, dims);
      return finish(graph.node('SimplifiedLayerNormalization', [x, gamma], attributes), dims);
    }
    case 'gate': {
      const { rows, columns } = work;
      return finish(gate(graph, feed('x', work.x, [rows, 2 * columns]), columns), [rows, columns]);
    }
    case 'pointwise': {
      const dims = [work.rows, work.columns];
      const x = feed('x', work.x, dims);
      if (work.operation === 'gelu') return finish(gelu(graph, x), dims);
      if (work.operation === 'scale') return finish(graph.node('Mul', [x, graph.scalar(work.factor)]), dims);
      return finish(graph.node('Add', [x, feed('added', work.y, dims)]), dims);
    }
    case 'embedding': {
      const { rows, columns, ids } = work;
      const dims = [ids.length];
      feeds.push({ name: 'ids', type: 'int64', data: BigInt64Array.from(ids, BigInt), dims });
      const inputs = [graph.constant(work.table, [rows, columns]), graph.input('ids', 'int64', dims)];
      return finish(graph.node('Gather', inputs), [ids.length, columns]);
    }
    case 'pool': {
      const { texts, tokens, columns } = work;
      const x = feed('x', work.x, [texts, tokens, columns]);
      const mean = graph.node('ReduceMean', [x], { axes: [1], keepdims: 0 });
      return finish(graph.node('LpNormalization', [mean], { axis: -1, p: 2 }), [texts, columns]);
    }
    case 'rotary': {
      const { tokens, heads, size } = work;
      const dims = [1, tokens, heads * size];
      const tables = [work.cosines, work.sines].map((table) => graph.constant(table, [tokens, size / 2]));
      const positions = graph.constant(
        BigInt64Array.from({ length: tokens }, (_, i) => BigInt(i)),
        [1, tokens],
      );
      const inputs = [feed('x', work.x, dims), ...tables, positions];
      return finish(graph.node('RotaryEmbedding', inputs, { num_heads: heads }), dims);
    }
    case 'lstm': {
      const { rows, size } = work;
      const gates = feed('gates', work.gates, [rows, 4 * size]);
      return finish(lstmGates(graph, gates, feed('cell', work.cell, [rows, size]), size), [2 * rows, size]);
    }
    case 'gru': {
      const { rows, size } = work;
      const input = feed('input', work.input, [rows, 3 * size]);
      const hidden = feed('hidden', work.hidden, [rows, 3 * size]);
      const state = feed('state', work.state, [rows, size]);
      return finish(gruGates(graph, { input, hidden, state }, size), [rows, size]);
    }
    case 'attention': {
      if (work.queryTokens < work.tokens) {
        const operands = (['queries', 'keys', 'values'] as const).map((name) => {
          const rows = name === 'queries' ? work.queryTokens : work.tokens;
          return feed(name, work[name], [1, work.heads, rows, work.size]);
        });
        // As decoders have it, see `decoderGraph`.
        return finish(graph.node('Attention', operands), [1, work.heads, work.queryTokens, work.size]);
      }
      const dims = [work.heads, work.tokens, work.size];
      const queries = feed('queries', work.queries, dims);
      const keys = graph.node('Transpose', [feed('keys', work.keys, dims)], { perm: [0, 2, 1] });
      return finish(attend(graph, queries, keys, feed('values', work.values, dims), work.size), dims);
    }
    case 'decode': {
      const inputs = new Map(
        [...work.inputs].map(([width, data]) => [width, feed(`x${width}`, data, [1, width])]),
      );
      const outputs = work.layers.map((layer) => linear(graph, inputs.get(layer.k)!, layer, work.dtype));
      const length = work.layers.reduce((sum, { n }) => sum + n, 0);
      return finish(graph.node('Concat', outputs, { axis: -1 }), [1, length]);
    }
  }
}
