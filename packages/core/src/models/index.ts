export { type BertConfig, loadBert, parseBertConfig } from './bert.ts';
export { type DistilBertConfig, loadDistilBert, parseDistilBertConfig } from './distilbert.ts';
export { type ElectraConfig, loadElectra, parseElectraConfig } from './electra.ts';
export type { Encoder, TokenBatch } from './encoder.ts';
export type { EncoderSizes, ProblemType } from './encoder-config.ts';
export { HEAD_KINDS, type HeadKind } from './heads.ts';
export { type EncoderConfig, loadEncoder, parseEncoderConfig } from './registry.ts';
export { loadRoberta, parseRobertaConfig, type RobertaConfig } from './roberta.ts';
export { readSentenceSettings, type SentenceSettings } from './sentence-transformers.ts';
