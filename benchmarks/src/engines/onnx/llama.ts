import { decoderShape, type LlamaConfig } from '../../cases/decoders.ts';
import { transpose } from '../layout.ts';
import { addAndNorm, type DecoderParts, type DecoderStates, splitHeads } from './decoder-parts.ts';
import type { LinearWeights } from './layers.ts';

/** Rows of the rotary tables, more than any case needs. */
const tablePositions = 1024;

/** The blocks of the Llama family: RMS norms, rotary positions, gated feed-forwards and grouped-query attention. */
export function llamaBlocks(config: LlamaConfig, parts: DecoderParts): DecoderStates {
  const { graph, ids, positions, get, dense, attend } = parts;
  const { vocab, hidden, inner, heads, keyValueHeads, headDim } = decoderShape(config);
  const gain = (name: string) => graph.constant(get(`${name}.weight`), [hidden]);
  const addNorm = (x: string, y: string, name: string) =>
    addAndNorm(graph, 'SkipSimplifiedLayerNormalization', [x, y, gain(name)], config.rms_norm_eps);
  /** Transposed to `[in, out]`. */
  const layer = (name: string, k: number, n: number): LinearWeights => {
    return { k, n, weights: transpose(get(`${name}.weight`), n, k) };
  };
  const tables = rotaryTables(config.rope_theta, headDim).map((table) =>
    graph.constant(table, [tablePositions, headDim / 2]),
  );
  const rotary = (x: string, count: number) => {
    const attributes = { num_heads: count, interleaved: config.rope_interleave ? 1 : 0 };
    return graph.node('RotaryEmbedding', [x, ...tables, positions], attributes);
  };

  const table = get('model.embed_tokens.weight');
  const words = graph.node('Gather', [graph.constant(table, [vocab, hidden]), ids]);
  const epsilon = { float: config.rms_norm_eps };
  const first = graph.node('SimplifiedLayerNormalization', [words, gain('model.layers.0.input_layernorm')], {
    axis: -1,
    epsilon,
  });
  let x = { sum: words, norm: first };
  for (let i = 0; i < config.num_hidden_layers; i++) {
    const block = `model.layers.${i}`;
    const widths = [heads * headDim, keyValueHeads * headDim, keyValueHeads * headDim] as const;
    const projections = ['q', 'k', 'v'].map((part, which) => {
      const name = `${block}.self_attn.${part}_proj`;
      const projection = layer(name, hidden, widths[which]!);
      return config.model_type === 'qwen2' ? { ...projection, bias: get(`${name}.bias`) } : projection;
    });
    const [queries, keys, values] = splitHeads(graph, dense(x.norm, sideBySide(projections)), widths);
    const context = attend(rotary(queries, heads), rotary(keys, keyValueHeads), values, i);
    const attended = dense(context, layer(`${block}.self_attn.o_proj`, heads * headDim, hidden));
    x = addNorm(x.sum, attended, `${block}.post_attention_layernorm`);
    const gate = dense(x.norm, layer(`${block}.mlp.gate_proj`, hidden, inner));
    const up = dense(x.norm, layer(`${block}.mlp.up_proj`, hidden, inner));
    const silu = graph.node('Mul', [gate, graph.node('Sigmoid', [gate])]);
    const fed = dense(graph.node('Mul', [silu, up]), layer(`${block}.mlp.down_proj`, inner, hidden));
    const next = i + 1 < config.num_hidden_layers ? `model.layers.${i + 1}.input_layernorm` : 'model.norm';
    x = addNorm(x.sum, fed, next);
  }
  return { states: x.norm, table };
}

/** Cosines and sines of the angles, `[tablePositions, headDim / 2]` each. */
function rotaryTables(theta: number, headDim: number): [cosines: Float32Array, sines: Float32Array] {
  const half = headDim / 2;
  const tables = [Math.cos, Math.sin].map((turn) =>
    Float32Array.from({ length: tablePositions * half }, (_, at) =>
      turn(Math.floor(at / half) * theta ** (-(at % half) / half)),
    ),
  );
  return [tables[0]!, tables[1]!];
}

/** Layers of one input as one layer with concatenated outputs. */
function sideBySide(layers: readonly LinearWeights[]): LinearWeights {
  const { k } = layers[0]!;
  const n = layers.reduce((sum, layer) => sum + layer.n, 0);
  const weights = new Float32Array(k * n);
  const bias = new Float32Array(n);
  let at = 0;
  for (const layer of layers) {
    for (let i = 0; i < k; i++) {
      weights.set(layer.weights.subarray(i * layer.n, (i + 1) * layer.n), i * n + at);
    }
    if (layer.bias) bias.set(layer.bias, at);
    at += layer.n;
  }
  return layers.every((layer) => layer.bias) ? { k, n, weights, bias } : { k, n, weights };
}
