import { Random } from '@headwise/operation-cases';

export type DecoderModelName = 'stories15M' | 'GPT-2 124M shape' | 'Qwen2-0.5B shape' | 'SmolLM2-135M shape';

/** The fields of a GPT-2 `config.json` that determine its shape. */
export interface Gpt2Config {
  readonly model_type: 'gpt2';
  readonly vocab_size: number;
  readonly n_positions: number;
  readonly n_embd: number;
  readonly n_layer: number;
  readonly n_head: number;
  readonly activation_function: 'gelu_new';
  readonly layer_norm_epsilon: number;
}

/** The same for the Llama family. Qwen2's query, key and value projections have biases. */
export interface LlamaConfig {
  readonly model_type: 'llama' | 'qwen2';
  readonly vocab_size: number;
  readonly hidden_size: number;
  readonly intermediate_size: number;
  readonly num_hidden_layers: number;
  readonly num_attention_heads: number;
  readonly num_key_value_heads: number;
  readonly max_position_embeddings: number;
  readonly hidden_act: 'silu';
  readonly rms_norm_eps: number;
  readonly rope_theta: number;
  /** Rotates neighbouring features, as llama2.c does, in place of features half a head apart. */
  readonly rope_interleave?: true;
  readonly tie_word_embeddings: true;
}

export type DecoderConfig = Gpt2Config | LlamaConfig;

export const decoderConfigs: Readonly<Record<DecoderModelName, DecoderConfig>> = {
  stories15M: {
    model_type: 'llama',
    vocab_size: 32000,
    hidden_size: 288,
    intermediate_size: 768,
    num_hidden_layers: 6,
    num_attention_heads: 6,
    num_key_value_heads: 6,
    // Trained on 256 positions. Later ones take as long to compute.
    max_position_embeddings: 512,
    hidden_act: 'silu',
    rms_norm_eps: 1e-5,
    rope_theta: 10_000,
    rope_interleave: true,
    tie_word_embeddings: true,
  },
  'GPT-2 124M shape': {
    model_type: 'gpt2',
    vocab_size: 50257,
    n_positions: 1024,
    n_embd: 768,
    n_layer: 12,
    n_head: 12,
    activation_function: 'gelu_new',
    layer_norm_epsilon: 1e-5,
  },
  'SmolLM2-135M shape': {
    model_type: 'llama',
    vocab_size: 49_152,
    hidden_size: 576,
    intermediate_size: 1536,
    num_hidden_layers: 30,
    num_attention_heads: 9,
    num_key_value_heads: 3,
    max_position_embeddings: 8192,
    hidden_act: 'silu',
    rms_norm_eps: 1e-5,
    rope_theta: 100_000,
    rope_interleave: true,
    tie_word_embeddings: true,
  },
  'Qwen2-0.5B shape': {
    model_type: 'qwen2',
    vocab_size: 151_936,
    hidden_size: 896,
    intermediate_size: 4864,
    num_hidden_layers: 24,
    num_attention_heads: 14,
    num_key_value_heads: 2,
    max_position_embeddings: 32_768,
    hidden_act: 'silu',
    rms_norm_eps: 1e-6,
    rope_theta: 1e6,
    tie_word_embeddings: true,
  },
};

/** The shape of a decoder of either family. */
export interface DecoderShape {
  readonly vocab: number;
  readonly hidden: number;
  readonly inner: number;
  readonly layers: number;
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly headDim: number;
}

export function decoderShape(config: DecoderConfig): DecoderShape {
  if (config.model_type === 'gpt2') {
    const { vocab_size: vocab, n_embd: hidden, n_layer: layers, n_head: heads } = config;
    const headDim = hidden / heads;
    return { vocab, hidden, inner: 4 * hidden, layers, heads, keyValueHeads: heads, headDim };
  }
  const { vocab_size: vocab, hidden_size: hidden, num_attention_heads: heads } = config;
  return {
    vocab,
    hidden,
    inner: config.intermediate_size,
    layers: config.num_hidden_layers,
    heads,
    keyValueHeads: config.num_key_value_heads,
    headDim: hidden / heads,
  };
}

/** Floating-point operations of the matrix products of one forward pass of `tokens` tokens after `past` others, with the last token's logits. */
export function decoderFlops(config: DecoderConfig, tokens: number, past: number): number {
  const { vocab, hidden, inner, layers, heads, keyValueHeads, headDim } = decoderShape(config);
  const attention = 2 * hidden * headDim * (heads + keyValueHeads);
  const feedForward = (config.model_type === 'gpt2' ? 2 : 3) * hidden * inner;
  // A token attends to those before it and itself.
  const attended = tokens * past + (tokens * (tokens + 1)) / 2;
  return (
    2 * (layers * (tokens * (attention + feedForward) + 2 * attended * heads * headDim) + vocab * hidden)
  );
}

/** Tensor names and shapes of a Hugging Face checkpoint. The output head is tied to the embeddings. */
export function decoderShapes(config: DecoderConfig): Map<string, readonly number[]> {
  return config.model_type === 'gpt2' ? gpt2Shapes(config) : llamaShapes(config);
}

function gpt2Shapes(config: Gpt2Config): Map<string, readonly number[]> {
  const { hidden, inner } = decoderShape(config);
  const shapes = new Map<string, readonly number[]>();
  // GPT-2's linear weights are `[in, out]`.
  const linear = (name: string, from: number, to: number) => {
    shapes.set(`${name}.weight`, [from, to]);
    shapes.set(`${name}.bias`, [to]);
  };
  const norm = (name: string) => {
    shapes.set(`${name}.weight`, [hidden]);
    shapes.set(`${name}.bias`, [hidden]);
  };
  shapes.set('wte.weight', [config.vocab_size, hidden]);
  shapes.set('wpe.weight', [config.n_positions, hidden]);
  for (let i = 0; i < config.n_layer; i++) {
    norm(`h.${i}.ln_1`);
    linear(`h.${i}.attn.c_attn`, hidden, 3 * hidden);
    linear(`h.${i}.attn.c_proj`, hidden, hidden);
    norm(`h.${i}.ln_2`);
    linear(`h.${i}.mlp.c_fc`, hidden, inner);
    linear(`h.${i}.mlp.c_proj`, inner, hidden);
  }
  norm('ln_f');
  return shapes;
}

function llamaShapes(config: LlamaConfig): Map<string, readonly number[]> {
  const { hidden, inner, heads, keyValueHeads, headDim } = decoderShape(config);
  const shapes = new Map<string, readonly number[]>();
  const linear = (name: string, from: number, to: number, bias = false) => {
    shapes.set(`${name}.weight`, [to, from]);
    if (bias) shapes.set(`${name}.bias`, [to]);
  };
  const bias = config.model_type === 'qwen2';
  shapes.set('model.embed_tokens.weight', [config.vocab_size, hidden]);
  for (let i = 0; i < config.num_hidden_layers; i++) {
    const layer = `model.layers.${i}`;
    shapes.set(`${layer}.input_layernorm.weight`, [hidden]);
    linear(`${layer}.self_attn.q_proj`, hidden, heads * headDim, bias);
    for (const part of ['k', 'v'])
      linear(`${layer}.self_attn.${part}_proj`, hidden, keyValueHeads * headDim, bias);
    linear(`${layer}.self_attn.o_proj`, heads * headDim, hidden);
    shapes.set(`${layer}.post_attention_layernorm.weight`, [hidden]);
    linear(`${layer}.mlp.gate_proj`, hidden, inner);
    linear(`${layer}.mlp.up_proj`, hidden, inner);
    linear(`${layer}.mlp.down_proj`, inner, hidden);
  }
  shapes.set('model.norm.weight', [hidden]);
  return shapes;
}

/** Weights of the layers whose outputs are added to the residual stream, of all blocks but the first. */
const laterOutput = /\.[1-9]\d*\..*(c_proj|o_proj|down_proj)\.weight$/;

/** Number of offsets at which a matrix may begin in the shared random numbers. */
const offsets = 2 ** 20;

/**
 * Random weights of a decoder, distributed as at initialisation. Matrices are views of shared random numbers at different offsets: separate
 * ones would take 2 GB.
 *
 * Blocks after the first add an eighth as much to the residual stream. Otherwise the error of 4-bit weights grows from block to block, until
 * the logits are unrelated to those of f32 and cannot be checked.
 */
export function randomDecoderWeights(config: DecoderConfig, seed: number): Map<string, Float32Array> {
  const random = new Random(seed);
  const shapes = [...decoderShapes(config)].map(([name, shape]) => {
    return { name, length: shape.reduce((product, dim) => product * dim, 1), matrix: shape.length > 1 };
  });
  // A uniform distribution of this width has the standard deviation 0.04, with which attention weights differ between tokens.
  const shared = random.values(Math.max(...shapes.map(({ length }) => length)) + offsets, 0.07);
  const longestOutput = Math.max(
    ...shapes.filter(({ name }) => laterOutput.test(name)).map(({ length }) => length),
  );
  const narrow = shared.slice(0, longestOutput + offsets).map((value) => value / 8);
  return new Map(
    shapes.map(({ name, length, matrix }) => {
      if (matrix) {
        const from = Math.floor(random.next() * offsets);
        return [name, (laterOutput.test(name) ? narrow : shared).subarray(from, from + length)];
      }
      // Gains of norms are about 1, other vectors about 0.
      const gain = /(norm|ln_[12f])\.weight$/.test(name);
      const data = random.values(length, 0.1);
      return [name, gain ? data.map((value) => 1 + value) : data];
    }),
  );
}
