import type { DecoderConfig } from '../../cases/decoders.ts';
import { decoderShape } from '../../cases/decoders.ts';
import type { Dtype } from '../../row.ts';
import { transpose } from '../layout.ts';
import type { DecoderParts, DecoderStates } from './decoder-parts.ts';
import { gpt2Blocks } from './gpt2.ts';
import { type ExternalData, OnnxGraph } from './graph.ts';
import { linear } from './layers.ts';
import { llamaBlocks } from './llama.ts';

/** A model and its external constants. */
export interface DecoderGraph {
  readonly model: Uint8Array<ArrayBuffer>;
  readonly externalData: readonly ExternalData[];
}

/** Constants below this size in bytes stay in the model, where the runtime's optimiser reads them. */
const externalFrom = 4096;

/**
 * A decoder with its cache as inputs and outputs, as exporters write it. The prompt is a run with an empty cache, and each new token a run
 * with the cache of the previous one.
 *
 * Inputs: `input_ids` and `position_ids` `[1, tokens]` int64; `past_key_values.N.key` and `.value` `[1, keyValueHeads, past, headDim]` for
 * each layer. Outputs: `logits` `[1, 1, vocab]` of the last token; `present.N.key` and `.value`, the past with the new tokens appended.
 *
 * Attention is ONNX's operator (operator set 23), and norms are fused with the preceding sums. Of the variants measured, onnxruntime-web is
 * fastest with these: `GroupQueryAttention` takes up to twice as long on a prompt, and attention of single products as long or longer.
 */
export function decoderGraph(
  config: DecoderConfig,
  weights: ReadonlyMap<string, Float32Array>,
  dtype: Dtype,
): DecoderGraph {
  const graph = new OnnxGraph({ externalFrom, opset: 23 });
  const ids = graph.input('input_ids', 'int64', [1, 'tokens']);
  const positions = graph.input('position_ids', 'int64', [1, 'tokens']);
  const get = (name: string): Float32Array => {
    const data = weights.get(name);
    if (!data) throw new Error(`decoderGraph: no weights named ${name}`);
    return data;
  };
  const parts: DecoderParts = {
    graph,
    ids,
    positions,
    get,
    dense: (x, layer) => linear(graph, x, layer, dtype),
    attend: (queries, keys, values, index) => attend(graph, config, [queries, keys, values], index),
  };
  const { states, table }: DecoderStates =
    config.model_type === 'gpt2' ? gpt2Blocks(config, parts) : llamaBlocks(config, parts);
  const { vocab, hidden } = decoderShape(config);
  const last = graph.node('Gather', [states, graph.shape(-1)], { axis: 1 });
  const head = { k: hidden, n: vocab, weights: transpose(table, vocab, hidden) };
  graph.output('logits', parts.dense(last, head), 'float32', [1, 1, vocab]);
  return { model: graph.encode(), externalData: graph.externalData };
}

/** Causal attention of the new queries to past and new keys. Adds the layer's cache inputs and outputs. */
function attend(
  graph: OnnxGraph,
  config: DecoderConfig,
  operands: readonly [queries: string, keys: string, values: string],
  index: number,
): string {
  const { heads, keyValueHeads, headDim } = decoderShape(config);
  const parts = ['key', 'value'];
  const past = parts.map((part) =>
    graph.input(`past_key_values.${index}.${part}`, 'float32', [1, keyValueHeads, 'past', headDim]),
  );
  const present = parts.map((part) => `present.${index}.${part}`);
  for (const name of present) graph.declareOutput(name, 'float32', [1, keyValueHeads, 'total', headDim]);
  const context = `context.${index}`;
  const attributes = { q_num_heads: heads, kv_num_heads: keyValueHeads, is_causal: 1 };
  const noMask = '';
  graph.manyOutputs('Attention', [...operands, noMask, ...past], attributes, {
    outputs: [context, ...present],
  });
  return context;
}
