export { readSentenceSettings } from '../load/sentence-transformers.ts';
export type { DecodeBatch, Decoder, DecoderCache } from './decoders/decoder.ts';
export type { DecoderSizes } from './decoders/decoder-config.ts';
export { type Gpt2Config, loadGpt2, parseGpt2Config } from './decoders/gpt2.ts';
export { parseLlamaConfig } from './decoders/llama.ts';
export { type LlamaConfig, type LlamaType, loadLlama } from './decoders/llama-family.ts';
export { parseMistralConfig } from './decoders/mistral.ts';
export { parseQwen2Config, parseQwen3Config } from './decoders/qwen.ts';
export {
  DECODER_TYPES,
  type DecoderConfig,
  decoderFromCheckpoint,
  parseDecoderConfig,
} from './decoders/registry.ts';
export type { RotarySettings } from './decoders/rope-config.ts';
export { type BertConfig, loadBert, parseBertConfig } from './encoders/bert.ts';
export { type DistilBertConfig, loadDistilBert, parseDistilBertConfig } from './encoders/distilbert.ts';
export { type ElectraConfig, loadElectra, parseElectraConfig } from './encoders/electra.ts';
export type { Encoder } from './encoders/encoder.ts';
export type { EncoderSizes, ProblemType } from './encoders/encoder-config.ts';
export type { SentenceSettings } from './encoders/pooling.ts';
export { type EncoderConfig, encoderFromCheckpoint, parseEncoderConfig } from './encoders/registry.ts';
export { loadRoberta, parseRobertaConfig, type RobertaConfig } from './encoders/roberta.ts';
export { TASK_HEAD_KINDS, type TaskHeadKind } from './encoders/task-heads.ts';
export { G2pModel, type G2pResult, type G2pRule } from './recurrent/g2p.ts';
export { type BartConfig, loadBart, parseBartConfig } from './seq2seq/bart.ts';
export type { BartFamilyConfig } from './seq2seq/bart-family.ts';
export type { Seq2SeqSizes, StackSizes } from './seq2seq/config.ts';
export { loadMarian, type MarianConfig, parseMarianConfig } from './seq2seq/marian.ts';
export {
  parseSeq2SeqConfig,
  SEQ2SEQ_TYPES,
  type Seq2SeqConfig,
  seq2SeqFromCheckpoint,
} from './seq2seq/registry.ts';
export { loadT5, parseT5Config, T5_TYPES, type T5Config } from './seq2seq/t5.ts';
export type { TokenBatch } from './token-batch.ts';
