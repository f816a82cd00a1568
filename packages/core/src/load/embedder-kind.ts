import { modelKindOf, modelTypeOf } from '../models/model-types.ts';
import { type ModelRepository, STATIC_EMBEDDING } from './open-repository.ts';

/** Whether config.json is that of a decoder with a classifier of texts. */
export function isClassifier(configJson: unknown): boolean {
  const { architectures } = configJson as { architectures?: unknown };
  return Array.isArray(architectures) && String(architectures[0]).endsWith('ForSequenceClassification');
}

/**
 * Whether a repository's model embeds or classifies texts although its weights are not an encoder's: a decoder with the files of
 * sentence-transformers (other than a reranker's) or with a classifier, or static embeddings.
 */
export async function isEmbedder(repository: ModelRepository): Promise<boolean> {
  const { files, configJson } = repository;
  const modelType = modelTypeOf(configJson);
  if (modelType === STATIC_EMBEDDING || modelType === 'model2vec') return true;
  if (modelKindOf(configJson) !== 'causalLM') return false;
  if (isClassifier(configJson)) return true;
  const modules = await files.optionalJson('modules.json');
  return Array.isArray(modules) && !modules.some((module) => /\.LogitScore$/.test(String(module?.type)));
}
