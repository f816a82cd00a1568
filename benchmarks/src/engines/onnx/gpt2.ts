import { decoderShape, type Gpt2Config } from '../../cases/decoders.ts';
import { addAndNorm, type DecoderParts, type DecoderStates, splitHeads } from './decoder-parts.ts';
import type { LinearWeights } from './layers.ts';

/** GPT-2's blocks, with norms before attention and feed-forward, and the last norm. */
export function gpt2Blocks(config: Gpt2Config, parts: DecoderParts): DecoderStates {
  const { graph, ids, positions, get, dense, attend } = parts;
  const { vocab, hidden, inner } = decoderShape(config);
  const layer = (name: string, k: number, n: number): LinearWeights => {
    return { k, n, weights: get(`${name}.weight`), bias: get(`${name}.bias`) };
  };
  const addNorm = (x: string, y: string, name: string) => {
    const affine = ['weight', 'bias'].map((part) => graph.constant(get(`${name}.${part}`), [hidden]));
    return addAndNorm(graph, 'SkipLayerNormalization', [x, y, ...affine], config.layer_norm_epsilon);
  };
  const table = get('wte.weight');
  const words = graph.node('Gather', [graph.constant(table, [vocab, hidden]), ids]);
  const positionEmbeddings = graph.node('Gather', [
    graph.constant(get('wpe.weight'), [config.n_positions, hidden]),
    positions,
  ]);

  let x = addNorm(words, positionEmbeddings, 'h.0.ln_1');
  for (let i = 0; i < config.n_layer; i++) {
    const block = `h.${i}`;
    const qkv = dense(x.norm, layer(`${block}.attn.c_attn`, hidden, 3 * hidden));
    const context = attend(...splitHeads(graph, qkv, [hidden, hidden, hidden]), i);
    const attended = dense(context, layer(`${block}.attn.c_proj`, hidden, hidden));
    x = addNorm(x.sum, attended, `${block}.ln_2`);
    const wide = dense(x.norm, layer(`${block}.mlp.c_fc`, hidden, inner));
    const gelu = graph.node('FastGelu', [wide], {}, { domain: 'com.microsoft' });
    const fed = dense(gelu, layer(`${block}.mlp.c_proj`, inner, hidden));
    x = addNorm(x.sum, fed, i + 1 < config.n_layer ? `h.${i + 1}.ln_1` : 'ln_f');
  }
  return { states: x.norm, table };
}
