import type { Gpt2Config, LlamaConfig } from '../../src/cases/decoders.ts';

export const tinyGpt2: Gpt2Config = {
  model_type: 'gpt2',
  vocab_size: 100,
  n_positions: 64,
  n_embd: 64,
  n_layer: 2,
  n_head: 4,
  activation_function: 'gelu_new',
  layer_norm_epsilon: 1e-5,
};

export const tinyQwen2: LlamaConfig = {
  model_type: 'qwen2',
  vocab_size: 100,
  hidden_size: 64,
  intermediate_size: 96,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  max_position_embeddings: 64,
  hidden_act: 'silu',
  rms_norm_eps: 1e-6,
  rope_theta: 1e6,
  tie_word_embeddings: true,
};
