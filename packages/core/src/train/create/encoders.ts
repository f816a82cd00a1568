import type { ConfigReader } from '../../models/config.ts';
import type { CoreEncoderConfig as EncoderConfig } from '../../models/encoders/core-config.ts';
import type { TaskHeadKind } from '../../models/encoders/task-heads.ts';
import { filled } from '../../nn/torch/init.ts';
import { paddingRow } from '../models/untrained.ts';
import { HuggingFaceTensors, type InitialTensor } from './huggingface-tensors.ts';
import { sinusoids } from './initializers.ts';

// Weights of BERT, RoBERTa, ELECTRA and DistilBERT: normally distributed with `initializer_range`, biases and padding embeddings 0
// (`_init_weights` of BertPreTrainedModel and the others).
// https://github.com/huggingface/transformers/blob/main/src/transformers/models/bert/modeling_bert.py

type Member<Type extends EncoderConfig['modelType']> = Extract<EncoderConfig, { modelType: Type }>;

/** The tensors of an encoder with its task heads, as Hugging Face's classes save them: tied weights once, and no prefix without a head. */
export function encoderTensors(config: EncoderConfig, reader: ConfigReader): readonly InitialTensor[] {
  const list = new HuggingFaceTensors(reader.number('initializer_range', 0.02));
  const tied = reader.flag('tie_word_embeddings', true);
  if (config.modelType === 'distilbert') addDistilBert(list, config, reader, tied);
  else addBertFamily(list, config, reader, tied);
  return list.tensors;
}

function addBertFamily(
  list: HuggingFaceTensors,
  config: Exclude<EncoderConfig, Member<'distilbert'>>,
  reader: ConfigReader,
  tied: boolean,
): void {
  const { modelType, hiddenSize, intermediateSize, taskHeads } = config;
  const type = modelType === 'bert' || modelType === 'electra' ? modelType : 'roberta';
  const prefix = taskHeads.length > 0 ? `${type}.` : '';
  const width = modelType === 'electra' ? config.embeddingSize : hiddenSize;
  // RoBERTa has a padding row in the positions too.
  const paddingIdx = 'paddingIdx' in config ? config.paddingIdx : undefined;
  const embeddings = `${prefix}embeddings`;
  const padding = paddingIdx ?? paddingRow(reader, 0);
  list.embedding(`${embeddings}.word_embeddings`, config.vocabSize, width, padding);
  list.embedding(`${embeddings}.position_embeddings`, config.maxPositionEmbeddings, width, paddingIdx);
  list.embedding(`${embeddings}.token_type_embeddings`, config.typeVocabSize, width);
  list.layerNorm(`${embeddings}.LayerNorm`, width);
  if (width !== hiddenSize) list.linear(`${prefix}embeddings_project`, width, hiddenSize);
  for (let i = 0; i < config.numHiddenLayers; i++) {
    const layer = `${prefix}encoder.layer.${i}`;
    for (const part of ['query', 'key', 'value']) {
      list.linear(`${layer}.attention.self.${part}`, hiddenSize, hiddenSize);
    }
    list.linear(`${layer}.attention.output.dense`, hiddenSize, hiddenSize);
    list.layerNorm(`${layer}.attention.output.LayerNorm`, hiddenSize);
    list.linear(`${layer}.intermediate.dense`, hiddenSize, intermediateSize);
    list.linear(`${layer}.output.dense`, intermediateSize, hiddenSize);
    list.layerNorm(`${layer}.output.LayerNorm`, hiddenSize);
  }
  if (hasPooler(config, taskHeads)) list.linear(`${prefix}pooler.dense`, hiddenSize, hiddenSize);
  for (const kind of taskHeads) addHead(list, type, config, width, kind, tied);
}

/** Bare models have a pooler (not ELECTRA); of those with heads, BERTs whose heads read it. */
function hasPooler(config: EncoderConfig, taskHeads: readonly TaskHeadKind[]): boolean {
  if (taskHeads.length === 0) return config.modelType !== 'electra';
  if (config.modelType !== 'bert') return false;
  return taskHeads.some(
    (kind) =>
      kind === 'nextSentence' || (kind === 'sequenceClassification' && config.classifierPooling === 'cls'),
  );
}

function addHead(
  list: HuggingFaceTensors,
  type: 'bert' | 'roberta' | 'electra',
  config: EncoderConfig,
  width: number,
  kind: TaskHeadKind,
  tied: boolean,
): void {
  const { hiddenSize, vocabSize, labels } = config;
  switch (kind) {
    case 'maskedLM': {
      const names = MASKED_LM[type];
      list.linear(names.dense, hiddenSize, width);
      list.layerNorm(names.norm, width);
      if (!tied) list.linear(names.decoder, width, vocabSize, { bias: false });
      list.add(names.bias, [vocabSize], filled(0));
      break;
    }
    case 'nextSentence':
      list.linear('cls.seq_relationship', hiddenSize, 2);
      break;
    case 'replacedToken':
      list.linear('discriminator_predictions.dense', hiddenSize, hiddenSize);
      list.linear('discriminator_predictions.dense_prediction', hiddenSize, 1);
      break;
    case 'sequenceClassification':
      if (type === 'bert') list.linear('classifier', hiddenSize, labels.length);
      else {
        list.linear('classifier.dense', hiddenSize, hiddenSize);
        list.linear('classifier.out_proj', hiddenSize, labels.length);
      }
      break;
    default:
      addCommonHead(list, config, kind);
  }
}

/** The modules of the masked language models. */
const MASKED_LM = {
  bert: {
    dense: 'cls.predictions.transform.dense',
    norm: 'cls.predictions.transform.LayerNorm',
    decoder: 'cls.predictions.decoder',
    bias: 'cls.predictions.bias',
  },
  roberta: {
    dense: 'lm_head.dense',
    norm: 'lm_head.layer_norm',
    decoder: 'lm_head.decoder',
    bias: 'lm_head.bias',
  },
  electra: {
    dense: 'generator_predictions.dense',
    norm: 'generator_predictions.LayerNorm',
    decoder: 'generator_lm_head',
    bias: 'generator_lm_head.bias',
  },
} as const;

/** The heads that all encoders share. */
function addCommonHead(
  list: HuggingFaceTensors,
  { hiddenSize, labels }: EncoderConfig,
  kind: TaskHeadKind,
): void {
  if (kind === 'tokenClassification') list.linear('classifier', hiddenSize, labels.length);
  if (kind === 'questionAnswering') list.linear('qa_outputs', hiddenSize, 2);
}

function addDistilBert(
  list: HuggingFaceTensors,
  config: Member<'distilbert'>,
  reader: ConfigReader,
  tied: boolean,
): void {
  const { hiddenSize, vocabSize, intermediateSize, maxPositionEmbeddings, taskHeads, labels } = config;
  const prefix = taskHeads.length > 0 ? 'distilbert.' : '';
  const embeddings = `${prefix}embeddings`;
  list.embedding(`${embeddings}.word_embeddings`, vocabSize, hiddenSize, paddingRow(reader, 0));
  const positions = `${embeddings}.position_embeddings`;
  if (reader.flag('sinusoidal_pos_embds', false)) {
    list.add(
      `${positions}.weight`,
      [maxPositionEmbeddings, hiddenSize],
      sinusoids(maxPositionEmbeddings, hiddenSize),
    );
  } else list.embedding(positions, maxPositionEmbeddings, hiddenSize);
  list.layerNorm(`${embeddings}.LayerNorm`, hiddenSize);
  for (let i = 0; i < config.numHiddenLayers; i++) {
    const layer = `${prefix}transformer.layer.${i}`;
    for (const part of ['q', 'k', 'v', 'out']) {
      list.linear(`${layer}.attention.${part}_lin`, hiddenSize, hiddenSize);
    }
    list.layerNorm(`${layer}.sa_layer_norm`, hiddenSize);
    list.linear(`${layer}.ffn.lin1`, hiddenSize, intermediateSize);
    list.linear(`${layer}.ffn.lin2`, intermediateSize, hiddenSize);
    list.layerNorm(`${layer}.output_layer_norm`, hiddenSize);
  }
  for (const kind of taskHeads) {
    if (kind === 'maskedLM') {
      list.linear('vocab_transform', hiddenSize, hiddenSize);
      list.layerNorm('vocab_layer_norm', hiddenSize);
      if (tied) list.add('vocab_projector.bias', [vocabSize], filled(0));
      else list.linear('vocab_projector', hiddenSize, vocabSize);
    } else if (kind === 'sequenceClassification') {
      list.linear('pre_classifier', hiddenSize, hiddenSize);
      list.linear('classifier', hiddenSize, labels.length);
    } else addCommonHead(list, config, kind);
  }
}
