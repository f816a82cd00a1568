import type { Llama2cHeader } from './header.ts';

/** Ids of the special tokens, which are the first tokens of every llama2.c tokenizer. */
export const LLAMA2C_TOKENS = { unk: 0, bos: 1, eos: 2 } as const;

/** Converts the header to a Hugging Face config.json of a Llama. */
export function llama2cConfig(header: Llama2cHeader): Record<string, unknown> {
  return {
    model_type: 'llama',
    architectures: ['LlamaForCausalLM'],
    vocab_size: header.vocabSize,
    hidden_size: header.dim,
    intermediate_size: header.hiddenDim,
    num_hidden_layers: header.numLayers,
    num_attention_heads: header.numHeads,
    num_key_value_heads: header.numKeyValueHeads,
    max_position_embeddings: header.sequenceLength,
    hidden_act: 'silu',
    // Constants in run.c.
    rms_norm_eps: 1e-5,
    rope_theta: 10_000,
    rope_interleave: true,
    tie_word_embeddings: header.sharedClassifier,
    bos_token_id: LLAMA2C_TOKENS.bos,
    // In the training data, texts are separated by BOS only, so run.c stops at BOS.
    eos_token_id: [LLAMA2C_TOKENS.bos, LLAMA2C_TOKENS.eos],
  };
}
