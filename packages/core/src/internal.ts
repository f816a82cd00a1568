// `@headwise/core/internal`: what `@headwise/worker` and this repository's benchmarks and tests need of the inside. Unstable: names here
// change without notice, in patch releases too. Apps use `@headwise/core` and `@headwise/core/nn`.

export { usesWideFunctions } from '@headwise/kernel';
export { type Deferred, deferred } from './async/deferred.ts';
export { Queue, type QueueOptions, type RunningTask } from './async/queue.ts';
export type { ActivationName, AttentionOptions, Backend, Offsets, Tensor } from './backend/backend.ts';
export { createFloatBackend, extendBackend } from './backend/create.ts';
export { WasmBackend } from './backend/wasm/wasm.ts';
export { DecoderEmbeddingEngine, type DecoderHead } from './engine/decoder-embedding-engine.ts';
export type {
  DecodeCallOptions,
  DecodeResult,
  DecoderEngine,
  DecoderSession,
  DecodeStepOptions,
} from './engine/decoder-engine.ts';
export type {
  BatchedCall,
  EncodeOptions,
  EncodeOutput,
  EncodeResult,
  Engine,
  OutputRequest,
} from './engine/encoder-engine.ts';
export { isPause } from './engine/interruptible.ts';
export {
  decodeSteps,
  encodeSourceSteps,
  LocalDecoderEngine,
  lastRows,
} from './engine/local-decoder-engine.ts';
export { encodeSteps, LocalEngine, rarePoolingFor } from './engine/local-encoder-engine.ts';
export type { LogitsRow } from './engine/logits-row.ts';
export type { TokenVectors } from './engine/pool-vectors.ts';
export { type SessionLimits, SessionSlots } from './engine/session-slots.ts';
export { StaticEngine } from './engine/static-engine.ts';
export {
  type GenerationDefaults,
  readGenerationDefaults,
  type UnsupportedField,
} from './generate/defaults.ts';
export { ArrayRow } from './generate/logits/array-row.ts';
export { countPenalties } from './generate/logits/processors.ts';
export { GENERATE_OPTIONS } from './generate/options.ts';
export { type GenerationSettings, resolveSettings } from './generate/settings.ts';
export { HookRunner } from './hooks/hook-runner.ts';
export { matches, matchesAny, type ShardPlacement, type ShardSlice } from './hooks/hooks.ts';
export { LIMITS } from './limits.ts';
export { isEmbedder } from './load/embedder-kind.ts';
export {
  checkWeightType,
  type MemoryRequest,
  type PlannedConfig,
  type PlannedModel,
  planWeights,
} from './load/memory-plan.ts';
export { type EmbedderFiles, type OpenedEmbedder, openEmbedder } from './load/open-embedder.ts';
export {
  type EncoderFiles,
  OPEN_ENCODER_OPTIONS,
  openEncoder,
  openEncoderSource,
} from './load/open-encoder.ts';
export { type GeneratorFiles, OPEN_GENERATOR_OPTIONS, openGenerator } from './load/open-generator.ts';
export { type ModelRepository, openRepository, requireModelKind } from './load/open-repository.ts';
export { openSingleFile } from './load/open-single-file.ts';
export { readSentenceSettings } from './load/sentence-transformers.ts';
export type { SingleFileModel } from './load/single-file-model.ts';
export { type Aborting, cancelOnFailure } from './load/start-loading.ts';
export type { DecodeBatch, Decoder, DecoderCache } from './models/decoders/decoder.ts';
export {
  type DecoderConfig,
  decoderFromCheckpoint,
  parseDecoderConfig,
  readDecoderConfig,
} from './models/decoders/registry.ts';
export { parseEncoderConfig } from './models/encoders/core-config.ts';
export type { Encoder } from './models/encoders/encoder.ts';
export {
  type EncoderConfig,
  encoderFromCheckpoint,
  readEncoderConfig,
} from './models/encoders/registry.ts';
export { modelKindOf } from './models/model-types.ts';
export type { RecurrentNetwork } from './models/recurrent/recurrent-seq2seq.ts';
export type { MoonshineConfig } from './models/seq2seq/moonshine.ts';
export { parseSeq2SeqConfig, type Seq2SeqConfig, seq2SeqFromCheckpoint } from './models/seq2seq/registry.ts';
export { type SpeechConfig, speechFromCheckpoint } from './models/seq2seq/speech.ts';
export type { WhisperConfig } from './models/seq2seq/whisper.ts';
export { withoutTiedCopies } from './models/tied-weights.ts';
export type { TokenBatch } from './models/token-batch.ts';
export type { SlotCopy } from './nn/attention/shared-prefixes.ts';
export { runStepsAsync } from './nn/run/async-steps.ts';
export type { ForwardContext } from './nn/run/forward.ts';
export { type StepRequest, type Steps, withScope } from './nn/run/forward.ts';
export { runSteps } from './nn/run/run-forward.ts';
export {
  ALL_WEIGHTS,
  type IndexRange,
  type LazyTable,
  type Shard,
  shardRange,
  type TableLoader,
  type WeightPlan,
  WHOLE,
} from './nn/run/shard.ts';
export { argmax } from './nn/seq2seq/decode.ts';
export {
  checkOption,
  checkOptions,
  type KINDS,
  type OptionKind,
  type OptionNames,
  requireOptions,
} from './options.ts';
export { EventLoopYielder } from './platform/event-loop-yielder.ts';
export { Random } from './platform/random.ts';
export { threadOptions } from './platform/thread-options.ts';
export {
  OPEN_SPEECH_OPTIONS,
  type OpenSpeechOptions,
  openSpeech,
  type SpeechFiles,
} from './speech/open-speech.ts';
export type { AlignmentHead, SpeechTokens } from './speech/speech-tokens.ts';
export { type Conversation, openConversation, takesTools } from './tasks/conversation.ts';
export { EMBED_OPTIONS } from './tasks/encoder/embed-options.ts';
export { requireModel } from './tasks/inputs.ts';
export {
  type AnswerPart,
  type AnswerText,
  readToolCalls,
  type ToolCall,
  ToolCallReader,
  type ToolDefinition,
} from './text/tool-calls.ts';
export {
  checkpointName,
  checkpointSteps,
  stepOfCheckpoint,
  writeCheckpoint,
} from './train/trainer/checkpointing.ts';
export { toFloat32, toInt32 } from './weights/convert.ts';
export { type TensorDType, tensorDTypes } from './weights/dtypes.ts';
export { float16Bits } from './weights/float16.ts';
export { ShardedCheckpoint, type ShardIndexRule } from './weights/sharded.ts';
export type { FileReporter, ProgressTracker } from './weights/sources/progress.ts';
export { type FileStore, RepositoryFiles } from './weights/sources/repository.ts';
