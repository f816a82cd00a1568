import type { EncoderWork } from '../../cases/work.ts';
import { transpose } from '../layout.ts';
import { OnnxGraph } from './graph.ts';
import { gelu, type LinearWeights, layerNorm, linear } from './layers.ts';

/**
 * A BERT encoder for one text as torch exports it, with operators that the runtime fuses: inputs `input_ids`,
 * `attention_mask` and `token_type_ids` `[1, tokens]` int64, output `last_hidden_state` `[1, tokens, hidden]`.
 */
export function bertGraph({ config, weights, dtype, ids }: EncoderWork): Uint8Array<ArrayBuffer> {
  if (!weights) throw new Error('bertGraph: expected a work with random weights');
  const { hidden_size: hidden, num_attention_heads: heads, layer_norm_eps: epsilon } = config;
  const tokens = ids.length;
  const size = hidden / heads;
  const graph = new OnnxGraph();

  const get = (name: string): Float32Array => {
    const data = weights.get(name);
    if (!data) throw new Error(`bertGraph: no weights named ${name}`);
    return data;
  };
  const norm = (x: string, name: string) =>
    layerNorm(graph, x, get(`${name}.weight`), get(`${name}.bias`), epsilon);
  const dense = (x: string, name: string) => linear(graph, x, transposed(get, name), dtype);
  const table = (name: string, rows: number) =>
    graph.constant(get(`embeddings.${name}_embeddings.weight`), [rows, hidden]);
  const split = (x: string, perm: readonly number[]) =>
    graph.node('Transpose', [graph.node('Reshape', [x, graph.shape(1, tokens, heads, size)])], { perm });

  const inputIds = graph.input('input_ids', 'int64', [1, tokens]);
  const mask = graph.input('attention_mask', 'int64', [1, tokens]);
  const typeIds = graph.input('token_type_ids', 'int64', [1, tokens]);

  // 0 for visible tokens, the lowest float for others: [1, 1, 1, tokens].
  const wide = graph.node('Unsqueeze', [graph.node('Cast', [mask], { to: 1 }), graph.shape(1, 2)]);
  const hiddenKeys = graph.node('Sub', [graph.scalar(1), wide]);
  const bias = graph.node('Mul', [hiddenKeys, graph.scalar(-3.4028234663852886e38)]);

  const positions = get('embeddings.position_embeddings.weight').slice(0, tokens * hidden);
  let x = graph.node('Gather', [table('word', config.vocab_size), inputIds]);
  x = graph.node('Add', [x, graph.node('Gather', [table('token_type', config.type_vocab_size), typeIds])]);
  x = graph.node('Add', [x, graph.constant(positions, [1, tokens, hidden])]);
  x = norm(x, 'embeddings.LayerNorm');

  for (let i = 0; i < config.num_hidden_layers; i++) {
    const layer = `encoder.layer.${i}`;
    const part = (name: string) => dense(x, `${layer}.attention.self.${name}`);
    const queries = split(part('query'), [0, 2, 1, 3]);
    const keys = split(part('key'), [0, 2, 3, 1]);
    const values = split(part('value'), [0, 2, 1, 3]);
    const scores = graph.node('Div', [graph.node('MatMul', [queries, keys]), graph.scalar(Math.sqrt(size))]);
    const attention = graph.node('Softmax', [graph.node('Add', [scores, bias])], { axis: -1 });
    const context = graph.node('MatMul', [attention, values]);
    const rows = graph.node('Transpose', [context], { perm: [0, 2, 1, 3] });
    const joined = graph.node('Reshape', [rows, graph.shape(1, tokens, hidden)]);
    const attended = dense(joined, `${layer}.attention.output.dense`);
    x = norm(graph.node('Add', [attended, x]), `${layer}.attention.output.LayerNorm`);
    const inner = gelu(graph, dense(x, `${layer}.intermediate.dense`));
    x = norm(graph.node('Add', [dense(inner, `${layer}.output.dense`), x]), `${layer}.output.LayerNorm`);
  }
  graph.output('last_hidden_state', x, 'float32', [1, tokens, hidden]);
  return graph.encode();
}

/** A checkpoint's linear layer, transposed from `[out, in]` to `[in, out]`. */
function transposed(get: (name: string) => Float32Array, name: string): LinearWeights {
  const bias = get(`${name}.bias`);
  const weight = get(`${name}.weight`);
  const n = bias.length;
  const k = weight.length / n;
  return { k, n, weights: transpose(weight, n, k), bias };
}
