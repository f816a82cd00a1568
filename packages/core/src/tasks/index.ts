export { type EmbedOptions, EncoderModel, type TraceOptions } from './encoder-model.ts';
export { cosineSimilarity } from './similarity.ts';
export type { AttentionMaps, Trace } from './trace.ts';
