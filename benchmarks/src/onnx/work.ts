import type { OperationWork } from '../cases/work.ts';
import { type ElementType, OnnxGraph } from './graph.ts';
import { attend, layerNorm, linear } from './layers.ts';

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
  const graph = new OnnxGraph();
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
    case 'attention': {
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
