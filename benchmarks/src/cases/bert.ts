import { Random } from '@headwise/operation-cases';

export type EncoderModelName = 'MiniLM' | 'BERT-base shape';

/** The fields of a BERT `config.json` that determine its shape. */
export interface BertConfig {
  readonly model_type: 'bert';
  readonly vocab_size: number;
  readonly hidden_size: number;
  readonly num_hidden_layers: number;
  readonly num_attention_heads: number;
  readonly intermediate_size: number;
  readonly hidden_act: 'gelu';
  readonly max_position_embeddings: number;
  readonly type_vocab_size: number;
  readonly layer_norm_eps: number;
}

const shared = {
  model_type: 'bert',
  vocab_size: 30522,
  hidden_act: 'gelu',
  max_position_embeddings: 512,
  type_vocab_size: 2,
  layer_norm_eps: 1e-12,
} as const;

export const bertConfigs: Readonly<Record<EncoderModelName, BertConfig>> = {
  MiniLM: {
    ...shared,
    hidden_size: 384,
    num_hidden_layers: 6,
    num_attention_heads: 12,
    intermediate_size: 1536,
  },
  'BERT-base shape': {
    ...shared,
    hidden_size: 768,
    num_hidden_layers: 12,
    num_attention_heads: 12,
    intermediate_size: 3072,
  },
};

/** Floating-point operations of the matrix products of one forward pass over `tokens` tokens. */
export function bertFlops(config: BertConfig, tokens: number): number {
  const { hidden_size: hidden, intermediate_size: inner, num_hidden_layers: layers } = config;
  const perToken = 4 * hidden * hidden + 2 * hidden * inner + 2 * tokens * hidden;
  return 2 * layers * tokens * perToken;
}

/** Tensor names and shapes of a BERT checkpoint. Linear weights are `[out, in]`. */
export function bertShapes(config: BertConfig): Map<string, readonly number[]> {
  const { hidden_size: hidden, intermediate_size: inner } = config;
  const shapes = new Map<string, readonly number[]>();
  const linear = (name: string, from: number, to: number) => {
    shapes.set(`${name}.weight`, [to, from]);
    shapes.set(`${name}.bias`, [to]);
  };
  const norm = (name: string) => {
    shapes.set(`${name}.weight`, [hidden]);
    shapes.set(`${name}.bias`, [hidden]);
  };
  shapes.set('embeddings.word_embeddings.weight', [config.vocab_size, hidden]);
  shapes.set('embeddings.position_embeddings.weight', [config.max_position_embeddings, hidden]);
  shapes.set('embeddings.token_type_embeddings.weight', [config.type_vocab_size, hidden]);
  norm('embeddings.LayerNorm');
  for (let i = 0; i < config.num_hidden_layers; i++) {
    const layer = `encoder.layer.${i}`;
    for (const part of ['query', 'key', 'value']) linear(`${layer}.attention.self.${part}`, hidden, hidden);
    linear(`${layer}.attention.output.dense`, hidden, hidden);
    norm(`${layer}.attention.output.LayerNorm`);
    linear(`${layer}.intermediate.dense`, hidden, inner);
    linear(`${layer}.output.dense`, inner, hidden);
    norm(`${layer}.output.LayerNorm`);
  }
  return shapes;
}

/** Random weights of a BERT, distributed as at initialisation. */
export function randomBertWeights(config: BertConfig, seed: number): Map<string, Float32Array> {
  const random = new Random(seed);
  const weights = new Map<string, Float32Array>();
  for (const [name, shape] of bertShapes(config)) {
    const length = shape.reduce((product, dim) => product * dim, 1);
    const gain = name.endsWith('LayerNorm.weight');
    // A uniform distribution of this width has the standard deviation 0.04, with which attention weights differ between tokens.
    const data = random.values(length, gain ? 0.1 : 0.07);
    weights.set(name, gain ? data.map((value) => 1 + value) : data);
  }
  return weights;
}
