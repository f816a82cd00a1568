import { DEFAULT_POOLING, type SentenceSettings } from '../models/encoders/pooling.ts';
import type { RepositoryFiles } from '../weights/sources/repository.ts';
import { readSentenceModules } from './sentence-modules.ts';

/**
 * Reads the settings of sentence-transformers: modules.json, the files of its modules, and config_sentence_transformers.json. Without modules.json the
 * other files are not read, and vectors are not normalised (`_load_default_modules` of sentence-transformers 6): pooling is the last token's for a causal
 * language model by config.json's `architectures` and `is_causal`, else the mean. Rejects with `ConfigError` for modules and values that are not
 * supported.
 */
export async function readSentenceSettings(
  files: RepositoryFiles,
  configJson: unknown,
): Promise<SentenceSettings> {
  if (!(await files.has('modules.json'))) {
    const { architectures, is_causal = true } = (configJson ?? {}) as Record<string, unknown>;
    const [architecture] = Array.isArray(architectures) ? (architectures as unknown[]) : [];
    const isCausal = typeof architecture === 'string' && architecture.endsWith('ForCausalLM') && is_causal;
    return { pooling: isCausal ? { mode: 'lasttoken', normalize: false } : DEFAULT_POOLING };
  }
  return readSentenceModules(files);
}

/** tokenizer.json with lower-casing before its normalizer, as sentence-transformers adds it for `do_lower_case`. */
export function withLowerCase(tokenizerJson: unknown, { lowerCase = false }: SentenceSettings): unknown {
  if (!lowerCase || typeof tokenizerJson !== 'object' || tokenizerJson === null) return tokenizerJson;
  const { normalizer } = tokenizerJson as { normalizer?: unknown };
  const normalizers = [{ type: 'Lowercase' }, ...(normalizer ? [normalizer] : [])];
  return { ...tokenizerJson, normalizer: { type: 'Sequence', normalizers } };
}
