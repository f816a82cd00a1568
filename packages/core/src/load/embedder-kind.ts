import { modelKindOf, modelTypeOf } from '../models/model-types.ts';
import { type ModelRepository, STATIC_EMBEDDING } from './open-repository.ts';

/** The ends of the names of decoders' classes with a head other than a language model's. */
const HEADS = {
  ForSequenceClassification: 'sequenceClassification',
  ForTokenClassification: 'tokenClassification',
  ForQuestionAnswering: 'questionAnswering',
} as const;

/** A task head that decoders have. */
export type DecoderHeadKind = (typeof HEADS)[keyof typeof HEADS];

/** The task head of the decoder that a config.json describes; undefined for a language model. */
export function decoderHeadOf(configJson: unknown): DecoderHeadKind | undefined {
  const { architectures } = configJson as { architectures?: unknown };
  const name = Array.isArray(architectures) ? String(architectures[0]) : '';
  return Object.entries(HEADS).find(([end]) => name.endsWith(end))?.[1];
}

/**
 * Whether a repository's model embeds or classifies texts although its weights are not an encoder's: a decoder with the files of
 * sentence-transformers (other than a reranker's) or with a task head, or static embeddings.
 */
export async function isEmbedder(repository: ModelRepository): Promise<boolean> {
  const { files, configJson } = repository;
  const modelType = modelTypeOf(configJson);
  if (modelType === STATIC_EMBEDDING || modelType === 'model2vec') return true;
  if (modelKindOf(configJson) !== 'causalLM') return false;
  if (decoderHeadOf(configJson)) return true;
  const modules = await files.optionalJson('modules.json');
  return Array.isArray(modules) && !modules.some((module) => /\.LogitScore$/.test(String(module?.type)));
}
