import type { MultiHeadAttentionOptions } from '../../nn/attention/multi-head-attention.ts';
import type {
  AdditiveAttentionOptions,
  GeneralAttentionOptions,
} from '../../nn/attention/scores/attentions.ts';
import type { LearnedPositionalEmbeddingOptions } from '../../nn/positions/learned.ts';
import type { CellLayerOptions } from '../../nn/recurrent/cell-layers.ts';
import type { RecurrentOptions } from '../../nn/recurrent/recurrent-layer.ts';
import type { Seq2SeqOptions } from '../../nn/seq2seq/options.ts';
import { seq2SeqSizes } from '../../nn/seq2seq/options.ts';
import {
  layerOptions,
  type TransformerLayerOptions,
  type TransformerStackOptions,
} from '../../nn/transformer/options.ts';
import type { TransformerOptions } from '../../nn/transformer/transformer.ts';
import {
  type Initializer,
  kaimingUniform,
  normal,
  ones,
  uniform,
  xavierUniform,
  zeros,
} from './initializers.ts';
import { type InitialTensor, TensorList } from './tensor-list.ts';

/** The options of layers by their names. */
export interface LayerOptions {
  readonly RNN: RecurrentOptions;
  readonly LSTM: RecurrentOptions;
  readonly GRU: RecurrentOptions;
  readonly RNNCell: CellLayerOptions;
  readonly LSTMCell: CellLayerOptions;
  readonly GRUCell: CellLayerOptions;
  readonly MultiHeadAttention: MultiHeadAttentionOptions;
  readonly AdditiveAttention: AdditiveAttentionOptions;
  readonly ConcatAttention: AdditiveAttentionOptions;
  readonly GeneralAttention: GeneralAttentionOptions;
  readonly LearnedPositionalEmbedding: LearnedPositionalEmbeddingOptions;
  readonly TransformerEncoderLayer: TransformerLayerOptions;
  readonly TransformerDecoderLayer: TransformerLayerOptions;
  readonly TransformerEncoder: TransformerStackOptions;
  readonly TransformerDecoder: TransformerStackOptions;
  readonly Transformer: TransformerOptions;
  readonly Seq2Seq: Seq2SeqOptions;
}

/** The name of a layer of `@headwise/core/nn` that has weights. */
export type LayerName = keyof LayerOptions;

/** The tensors of a layer, with the initialisation of PyTorch's module of that name. */
export function layerTensors<Name extends LayerName>(
  name: Name,
  options: LayerOptions[Name],
): readonly InitialTensor[] {
  const list = new TorchTensors();
  (ADD[name] as (list: TorchTensors, options: LayerOptions[Name]) => void)(list, options);
  return list.tensors;
}

const GATES = { RNN: 1, LSTM: 4, GRU: 3 } as const;

/** Collects tensors as PyTorch's modules initialise them (`reset_parameters`). https://github.com/pytorch/pytorch/tree/main/torch/nn/modules */
class TorchTensors extends TensorList {
  /** `nn.Linear`. */
  linear(name: string, inFeatures: number, outFeatures: number, bias = true, weight?: Initializer): void {
    this.add(`${name}.weight`, [outFeatures, inFeatures], weight ?? kaimingUniform(inFeatures));
    if (bias) this.add(`${name}.bias`, [outFeatures], kaimingUniform(inFeatures));
  }

  /** `nn.Embedding`: N(0, 1). */
  embedding(name: string, rows: number, width: number): void {
    this.add(`${name}weight`, [rows, width], normal(1));
  }

  layerNorm(name: string, features: number): void {
    this.add(`${name}.weight`, [features], ones);
    this.add(`${name}.bias`, [features], zeros);
  }

  /** `nn.RNN`, `nn.LSTM`, `nn.GRU` and their cells: all uniform within ±1/√hiddenSize. */
  cell(prefix: string, suffix: string, gates: number, options: CellLayerOptions): void {
    const { inputSize, hiddenSize, bias = true } = options;
    const initializer = uniform(1 / Math.sqrt(hiddenSize));
    const rows = gates * hiddenSize;
    this.add(`${prefix}weight_ih${suffix}`, [rows, inputSize], initializer);
    this.add(`${prefix}weight_hh${suffix}`, [rows, hiddenSize], initializer);
    if (!bias) return;
    this.add(`${prefix}bias_ih${suffix}`, [rows], initializer);
    this.add(`${prefix}bias_hh${suffix}`, [rows], initializer);
  }

  recurrent(prefix: string, gates: number, options: RecurrentOptions): void {
    const { inputSize, hiddenSize, numLayers = 1, bias = true, bidirectional = false } = options;
    const directions = bidirectional ? ['', '_reverse'] : [''];
    for (let layer = 0; layer < numLayers; layer++) {
      const width = layer === 0 ? inputSize : directions.length * hiddenSize;
      for (const direction of directions) {
        this.cell(prefix, `_l${layer}${direction}`, gates, { inputSize: width, hiddenSize, bias });
      }
    }
  }

  /** `nn.MultiheadAttention`: input projections `xavier_uniform_`, their biases and that of the output 0. */
  attention(prefix: string, options: MultiHeadAttentionOptions, outputWeight?: Initializer): void {
    const { embedDim, numHeads, numKeyValueHeads = numHeads, bias = true } = options;
    const { kdim = embedDim, vdim = embedDim } = options;
    const keyWidth = (embedDim / numHeads) * numKeyValueHeads;
    const rows = embedDim + 2 * keyWidth;
    if (kdim === embedDim && vdim === embedDim) {
      this.add(`${prefix}in_proj_weight`, [rows, embedDim], xavierUniform);
    } else {
      this.add(`${prefix}q_proj_weight`, [embedDim, embedDim], xavierUniform);
      this.add(`${prefix}k_proj_weight`, [keyWidth, kdim], xavierUniform);
      this.add(`${prefix}v_proj_weight`, [keyWidth, vdim], xavierUniform);
    }
    if (bias) this.add(`${prefix}in_proj_bias`, [rows], zeros);
    this.linear(`${prefix}out_proj`, embedDim, embedDim, false, outputWeight);
    if (bias) this.add(`${prefix}out_proj.bias`, [embedDim], zeros);
  }

  /** `nn.TransformerEncoderLayer`, or with `cross` `nn.TransformerDecoderLayer`. */
  block(prefix: string, options: TransformerLayerOptions, cross: boolean, matrices?: Initializer): void {
    const { dModel, nhead, dimFeedforward } = layerOptions('Transformer', options);
    const sizes = { embedDim: dModel, numHeads: nhead };
    this.attention(`${prefix}self_attn.`, sizes, matrices);
    if (cross) this.attention(`${prefix}multihead_attn.`, sizes, matrices);
    this.linear(`${prefix}linear1`, dModel, dimFeedforward, true, matrices);
    this.linear(`${prefix}linear2`, dimFeedforward, dModel, true, matrices);
    for (let i = 1; i <= (cross ? 3 : 2); i++) this.layerNorm(`${prefix}norm${i}`, dModel);
  }

  /** Layers one after another. Each is drawn for itself, while PyTorch's stacks begin with copies of one layer. */
  stack(prefix: string, options: TransformerStackOptions, cross: boolean, matrices?: Initializer): void {
    const { numLayers = 6, norm = false } = options;
    for (let i = 0; i < numLayers; i++) this.block(`${prefix}layers.${i}.`, options, cross, matrices);
    if (norm) this.layerNorm(`${prefix}norm`, layerOptions('Transformer', options).dModel);
  }

  additive(prefix: string, options: AdditiveAttentionOptions): void {
    const { queryDim, keyDim = queryDim, hiddenDim = queryDim, bias = true } = options;
    this.linear(`${prefix}Wa`, queryDim, hiddenDim, bias);
    this.linear(`${prefix}Ua`, keyDim, hiddenDim, bias);
    this.linear(`${prefix}Va`, hiddenDim, 1, bias);
  }

  concatenated(prefix: string, options: AdditiveAttentionOptions): void {
    const { queryDim, keyDim = queryDim, hiddenDim = queryDim, bias = true } = options;
    this.linear(`${prefix}W`, queryDim + keyDim, hiddenDim, bias);
    this.linear(`${prefix}v`, hiddenDim, 1, bias);
  }

  general(prefix: string, options: GeneralAttentionOptions): void {
    const { queryDim, keyDim = queryDim, bias = false } = options;
    this.linear(`${prefix}W`, keyDim, queryDim, bias);
  }
}

const ADD: { readonly [Name in LayerName]: (list: TorchTensors, options: LayerOptions[Name]) => void } = {
  RNN: (list, options) => list.recurrent('', GATES.RNN, options),
  LSTM: (list, options) => list.recurrent('', GATES.LSTM, options),
  GRU: (list, options) => list.recurrent('', GATES.GRU, options),
  RNNCell: (list, options) => list.cell('', '', GATES.RNN, options),
  LSTMCell: (list, options) => list.cell('', '', GATES.LSTM, options),
  GRUCell: (list, options) => list.cell('', '', GATES.GRU, options),
  MultiHeadAttention: (list, options) => list.attention('', options),
  AdditiveAttention: (list, options) => list.additive('', options),
  ConcatAttention: (list, options) => list.concatenated('', options),
  GeneralAttention: (list, options) => list.general('', options),
  LearnedPositionalEmbedding: (list, { numEmbeddings, embeddingDim }) =>
    list.embedding('', numEmbeddings, embeddingDim),
  TransformerEncoderLayer: (list, options) => list.block('', options, false),
  TransformerDecoderLayer: (list, options) => list.block('', options, true),
  TransformerEncoder: (list, options) => list.stack('', options, false),
  TransformerDecoder: (list, options) => list.stack('', options, true),
  // `Transformer._reset_parameters`: all matrices by `xavier_uniform_`.
  Transformer: (list, options) => {
    const { numEncoderLayers = 6, numDecoderLayers = 6 } = options;
    list.stack('encoder.', { ...options, numLayers: numEncoderLayers, norm: true }, false, xavierUniform);
    list.stack('decoder.', { ...options, numLayers: numDecoderLayers, norm: true }, true, xavierUniform);
  },
  Seq2Seq: addSeq2Seq,
};

function addSeq2Seq(list: TorchTensors, options: Seq2SeqOptions): void {
  const { kind, embeddingDim, hiddenSize, numLayers, bidirectional, attention, ...sizes } =
    seq2SeqSizes(options);
  const gates = { rnnTanh: 1, rnnRelu: 1, lstm: 4, gru: 3 }[kind];
  const keyDim = hiddenSize * (bidirectional ? 2 : 1);
  list.embedding('encoder.embedding.', sizes.sourceVocabSize, embeddingDim);
  const encoder = { inputSize: embeddingDim, hiddenSize, numLayers, bidirectional };
  list.recurrent('encoder.rnn.', gates, encoder);
  if (bidirectional) {
    list.linear('bridge.hidden', 2 * hiddenSize, hiddenSize);
    if (kind === 'lstm') list.linear('bridge.cell', 2 * hiddenSize, hiddenSize);
  }
  list.embedding('decoder.embedding.', sizes.targetVocabSize, embeddingDim);
  const inputSize = embeddingDim + (attention ? keyDim : 0);
  list.recurrent('decoder.rnn.', gates, { inputSize, hiddenSize, numLayers });
  const score = { queryDim: hiddenSize, keyDim };
  if (attention === 'additive') list.additive('decoder.attention.', score);
  if (attention === 'concat') list.concatenated('decoder.attention.', score);
  if (attention === 'general') list.general('decoder.attention.', score);
  list.linear('decoder.out', hiddenSize, sizes.targetVocabSize);
}
