import { addElsewhere, addOtherNames } from '../../options.ts';

/** Makes the names that layers' options have in PyTorch and Hugging Face known to error messages. */
export function addLayerNames(): void {
  addOtherNames({
    eps: 'epsilon layerNormEps',
    epsilon: 'eps layerNormEps',
    layer_norm_eps: 'eps',
    num_heads: 'nhead heads',
    n_heads: 'nhead numHeads heads',
    n_head: 'nhead numHeads heads',
    nhead: 'numHeads heads',
    num_attention_heads: 'nhead numHeads',
    num_kv_heads: 'numKeyValueHeads',
    enable_gqa: 'numKeyValueHeads',
    hidden_size: 'embedDim dModel hiddenDim',
    hidden_dim: 'hiddenSize',
    embed_dim: 'dModel embeddingDim queryDim',
    embedding_size: 'embeddingDim',
    d_model: 'embedDim hiddenSize embeddingDim',
    input_dim: 'inputSize',
    intermediate_size: 'dimFeedforward',
    d_ff: 'dimFeedforward',
    num_hidden_layers: 'numLayers',
    n_layer: 'numLayers',
    base: 'theta',
    rope_theta: 'theta',
    max_position_embeddings: 'maxPositions numEmbeddings',
    vocab_size: 'sourceVocabSize',
    output_attentions: 'needWeights',
    attention_mask: 'keyPaddingMask',
  });
  addElsewhere({
    projSize: 'it is an option of LSTM alone',
    nonlinearity: 'it is an option of RNN and RNNCell alone',
    dropout: 'layers have none: the module Dropout of @headwise/core/nn, or the option dropout of Trainer',
  });
}
