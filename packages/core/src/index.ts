/**
 * The entry `@headwise/core`: what apps use; docs/exports.md lists it by topic. Layers are in `@headwise/core/nn`, metrics in `/metrics`,
 * readers of single-file formats in `/gguf` and `/llama2c`.
 *
 * @module index
 */

export type {
  Backend,
  BackendName,
  LinearWeights,
  Tensor,
  WeightType,
} from './backend/backend.ts';
export { weightTypes } from './backend/backend.ts';
export { availableBackends, type BackendChoice, createBackend } from './backend/create.ts';
export type { WeightTypeChoice, WeightTypeName } from './backend/weight-type.ts';
export type {
  DecoderEmbedderConfig,
  EmbedderConfig,
  StaticEmbedderConfig,
  TaskHeadConfig,
} from './engine/embedder-config.ts';
export * from './errors.ts';
export * from './generate/index.ts';
export type { Activation, Hook, HookFunction, Hooks } from './hooks/hooks.ts';
export * from './inspect/index.ts';
export { isCached } from './load/is-cached.ts';
export { loadCausalLM } from './load/load-causal-lm.ts';
export { type LoadEncoderOptions, loadEncoder } from './load/load-encoder.ts';
export { type LoadG2pOptions, loadG2p } from './load/load-g2p.ts';
export { type AnyModel, type LoadModelOptions, loadModel } from './load/load-model.ts';
export { loadRecurrentSeq2Seq } from './load/load-recurrent-seq2seq.ts';
export { loadSeq2SeqLM } from './load/load-seq2seq-lm.ts';
export type { ComputeOptions } from './load/load-weights.ts';
export type { OpenEncoderOptions } from './load/open-encoder.ts';
export type { LoadGeneratorOptions, OpenGeneratorOptions } from './load/open-generator.ts';
export type { FamilyBlock, FamilyConfig, FamilyExperts } from './models/decoders/family.ts';
export type { Gpt2Config } from './models/decoders/gpt2.ts';
export type { LlamaConfig } from './models/decoders/llama-family.ts';
export type { CoreDecoderConfig, DecoderConfig } from './models/decoders/registry.ts';
export type { RotarySettings } from './models/decoders/rope-config.ts';
export type { AlbertConfig } from './models/encoders/albert.ts';
export type { BertConfig } from './models/encoders/bert.ts';
export type { CoreEncoderConfig } from './models/encoders/core-config.ts';
export type { Convolution } from './models/encoders/deberta-convolution.ts';
export type { DebertaV2Config, RelativeAttention } from './models/encoders/deberta-v2.ts';
export type { DistilBertConfig } from './models/encoders/distilbert.ts';
export type { ElectraConfig } from './models/encoders/electra.ts';
export type { EncoderSizes, ProblemType } from './models/encoders/encoder-config.ts';
export type { GteNewConfig } from './models/encoders/gte-new.ts';
export type { JinaBertConfig } from './models/encoders/jina-bert.ts';
export type { ModernBertConfig } from './models/encoders/modernbert.ts';
export type { MPNetConfig } from './models/encoders/mpnet.ts';
export type { NomicBertConfig } from './models/encoders/nomic-bert.ts';
export type {
  DenseLayer,
  Pooling,
  PoolingMode,
  SentenceSettings,
  SentenceStep,
  SimilarityFunction,
} from './models/encoders/pooling.ts';
export type { EncoderConfig } from './models/encoders/registry.ts';
export type { RobertaConfig } from './models/encoders/roberta.ts';
export { TASK_HEAD_KINDS, type TaskHeadKind } from './models/encoders/task-heads.ts';
export { MODEL_TYPES, type ModelKind } from './models/model-types.ts';
export { G2pModel, type G2pResult, type G2pRule } from './models/recurrent/g2p.ts';
export type { RecurrentSeq2SeqConfig } from './models/recurrent/recurrent-seq2seq.ts';
export type { BartConfig } from './models/seq2seq/bart.ts';
export type { StackSizes } from './models/seq2seq/config.ts';
export type { MarianConfig } from './models/seq2seq/marian.ts';
export type { PreNormBartConfig } from './models/seq2seq/pre-norm-bart.ts';
export type { Seq2SeqConfig } from './models/seq2seq/registry.ts';
export type { T5Config } from './models/seq2seq/t5.ts';
export type { HeadNormKind } from './nn/modules/head-norms.ts';
export type { LogitOptions } from './nn/modules/lm-head.ts';
export type { NormKind } from './nn/modules/norm.ts';
export type { ByteSource } from './platform/bytes.ts';
export type {
  CachedFile,
  CacheEntry,
  CacheMode,
  FileCache,
  FileCacheOptions,
  FileVersion,
  PutOptions,
  StoredFileCache,
} from './platform/cache.ts';
export * from './tasks/index.ts';
export * from './text/index.ts';
export type { TensorDType } from './weights/dtypes.ts';
export { openCheckpoint } from './weights/open-checkpoint.ts';
export {
  parseSafetensors,
  readSafetensorsHeader,
  SafetensorsCheckpoint,
  type SafetensorsHeader,
  type SafetensorsRule,
  type SafetensorsTensor,
  writeSafetensors,
} from './weights/safetensors/index.ts';
export type {
  FileContent,
  FileProgress,
  ModelSource,
  ProgressEvent,
  Settings,
  SourceOptions,
} from './weights/sources/index.ts';
export { configure, openFileCache, resolveSource } from './weights/sources/index.ts';
export type {
  Checkpoint,
  TensorData,
  TensorInfo,
  TensorOrigin,
  TensorSlice,
  WeightAdapter,
} from './weights/types.ts';
