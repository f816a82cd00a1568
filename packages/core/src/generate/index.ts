export { Random } from '../platform/random.ts';
export type { GenerationDefaults, TaskDefaults } from './defaults.ts';
export type { Scores } from './logits/probability.ts';
export {
  badWords,
  forceToken,
  type LogitsProcessor,
  logitBias,
  minLength,
  noRepeatNgram,
  renormalize,
  repetitionPenalty,
  type SequenceSoFar,
  suppressTokens,
} from './logits/processors.ts';
export { sample } from './logits/sample.ts';
export type { TokenProbability } from './logits/top-of-row.ts';
export { minP, temperature, topK, topP } from './logits/warpers.ts';
export type {
  BeamOptions,
  GenerateOptions,
  Prompt,
  SamplingOptions,
  StoppingOptions,
} from './options.ts';
export { toReadableStream, toTextStream } from './readable-stream.ts';
export type { FinishReason, GeneratedPiece, GeneratedToken, Generation, TokenAlignment } from './result.ts';
