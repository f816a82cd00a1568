export { ChatHeadwise, type ChatHeadwiseCallOptions, type ChatHeadwiseFields } from './chat-model.ts';
export { HeadwiseEmbeddings, type HeadwiseEmbeddingsFields } from './embeddings.ts';
export type { FunctionTool } from './tools.ts';
