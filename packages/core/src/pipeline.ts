// The entry `@headwise/core/pipeline`: models by task, with the names of Hugging Face's pipelines. docs/migration.md has the table.

export type {
  AnsweredQuestion,
  CallOptions,
  FeatureExtraction,
  FeatureExtractionOptions,
  FilledText,
  FillMask,
  FillMaskPipelineOptions,
  QuestionAnswering,
  QuestionAnsweringOptions,
  TextClassification,
  TextClassificationOptions,
  TokenClassification,
  TokenClassificationOptions,
  TokenLabel,
  ZeroShotClassification,
  ZeroShotClassificationOptions,
  ZeroShotLabels,
} from './pipeline/encoder-types.ts';
export { FeatureTensor, type NestedNumbers } from './pipeline/feature-tensor.ts';
export type {
  GeneratedText,
  GenerationOptions,
  SnakeCase,
  SnakeCased,
  Summarization,
  SummarizedText,
  Text2TextGeneration,
  TextGeneration,
  TextGenerationOptions,
  TranslatedText,
  Translation,
  TranslationOptions,
} from './pipeline/generation-types.ts';
export {
  type Pipeline,
  type PipelineAliases,
  type PipelineCall,
  type PipelineCalls,
  type PipelineTask,
  type PlainTask,
  pipeline,
} from './pipeline/pipeline.ts';
export type {
  RecognizedSpeech,
  SoundInput,
  SpeechRecognition,
  SpeechRecognitionOptions,
  TimedText,
} from './pipeline/speech-types.ts';
