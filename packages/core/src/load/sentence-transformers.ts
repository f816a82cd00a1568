import { DEFAULT_POOLING, type SentenceSettings } from '../models/encoders/pooling.ts';
import type { RepositoryFiles } from '../weights/sources/repository.ts';
import { readSentenceModules } from './sentence-modules.ts';

/**
 * Reads the settings of sentence-transformers: modules.json, the files of its modules, and config_sentence_transformers.json. Without modules.json: mean
 * pooling and normalised embeddings. Rejects with `ConfigError` for modules and values that are not supported.
 */
export async function readSentenceSettings(files: RepositoryFiles): Promise<SentenceSettings> {
  if (!(await files.has('modules.json'))) return { pooling: DEFAULT_POOLING };
  return readSentenceModules(files);
}

/** tokenizer.json with lower-casing before its normalizer, as sentence-transformers adds it for `do_lower_case`. */
export function withLowerCase(tokenizerJson: unknown, { lowerCase = false }: SentenceSettings): unknown {
  if (!lowerCase || typeof tokenizerJson !== 'object' || tokenizerJson === null) return tokenizerJson;
  const { normalizer } = tokenizerJson as { normalizer?: unknown };
  const normalizers = [{ type: 'Lowercase' }, ...(normalizer ? [normalizer] : [])];
  return { ...tokenizerJson, normalizer: { type: 'Sequence', normalizers } };
}
