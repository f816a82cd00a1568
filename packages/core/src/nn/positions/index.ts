export { AlibiBias, alibiSlopes } from './alibi.ts';
export { LearnedPositionalEmbedding, type LearnedPositionalEmbeddingOptions } from './learned.ts';
export { type RelativePositionBuckets, relativePositionBucket } from './relative-buckets.ts';
export { RotaryEmbedding, type RotaryEmbeddingOptions } from './rotary.ts';
export { type RotaryScaling, rotaryFrequencies } from './rotary-scaling.ts';
export { SinusoidalPositionalEncoding, sinusoidalPositions } from './sinusoidal.ts';
export { T5RelativeBias, type T5RelativeBiasOptions } from './t5-bias.ts';
