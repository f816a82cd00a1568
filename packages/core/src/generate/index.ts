export { type GenerationDefaults, readGenerationDefaults, type TaskDefaults } from './defaults.ts';
export type {
  BeamOptions,
  ChoosingOptions,
  GenerateOptions,
  Prompt,
  StoppingOptions,
} from './options.ts';
export type { Scores } from './probability.ts';
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
} from './processors.ts';
export { Random } from './random.ts';
export type {
  FinishReason,
  GeneratedPiece,
  GeneratedToken,
  Generation,
  TokenAlignment,
  TokenProbability,
} from './result.ts';
export { sample } from './sample.ts';
export { minP, temperature, topK, topP } from './warpers.ts';
