export { type EmbeddingModelOptions, embeddingModel } from './embedding-model.ts';
export { type LanguageModelOptions, languageModel } from './language-model.ts';
export { type RerankingModelOptions, rerankingModel } from './reranking-model.ts';
