import { ConfigError, LoadError } from '../errors.ts';
import { MODEL_TYPES, type ModelKind, modelKindOf, modelTypeOf } from '../models/model-types.ts';
import type { RepositoryFiles } from '../weights/sources/repository.ts';
import { type ModelSource, repositoryFiles, type SourceOptions } from '../weights/sources/resolve.ts';

/** A repository of a model, whose config.json was read. */
export interface ModelRepository {
  readonly files: RepositoryFiles;
  /** config.json, parsed. */
  readonly configJson: unknown;
}

/**
 * Finds a model's files and reads config.json. The files that all models have, and `others`, are requested at once, and the weights up to their header.
 * Rejects with `LoadError`, `FormatError` or `ConfigError`.
 */
export async function openRepository(
  source: ModelSource,
  options: SourceOptions & { readonly weightsFile?: string },
  others: readonly string[] = [],
): Promise<ModelRepository> {
  return readRepository(repositoryFiles(source, options), options, others);
}

/** {@link openRepository} of files that are found. */
export async function readRepository(
  files: RepositoryFiles,
  options: { readonly weightsFile?: string },
  others: readonly string[] = [],
): Promise<ModelRepository> {
  const { weightsFile = 'model.safetensors' } = options;
  const expected = ['config.json', 'tokenizer.json', weightsFile];
  files.expect(expected);
  files.prefetch([
    ...expected,
    'tokenizer_config.json',
    'special_tokens_map.json',
    'added_tokens.json',
    ...others,
  ]);
  try {
    return { files, configJson: await files.json('config.json') };
  } catch (error) {
    const isMissing = error instanceof LoadError && error.reason === 'not-found';
    if (isMissing && (await hasStaticEmbedding(files)))
      return { files, configJson: { model_type: STATIC_EMBEDDING } };
    throw error;
  }
}

/** Stands for the `model_type` of sentence-transformers' StaticEmbedding, which has no config.json. */
export const STATIC_EMBEDDING = 'static-embedding';

async function hasStaticEmbedding(files: RepositoryFiles): Promise<boolean> {
  const modules = await files.optionalJson('modules.json').catch(() => undefined);
  return Array.isArray(modules) && /\.StaticEmbedding$/.test(String(modules[0]?.type));
}

const DESCRIPTIONS: Readonly<Record<ModelKind, { readonly what: string; readonly loader: string }>> = {
  encoder: { what: 'an encoder', loader: 'loadEncoder' },
  causalLM: { what: 'a causal language model', loader: 'loadCausalLM' },
  seq2seqLM: { what: 'an encoder–decoder', loader: 'loadSeq2SeqLM' },
  recurrentSeq2Seq: { what: 'a recurrent encoder–decoder', loader: 'loadRecurrentSeq2Seq' },
};

/**
 * Throws `ConfigError` if config.json describes a model of another kind than `expected`, with the loader of that kind. An unknown
 * `model_type` passes: the architectures' own parsers refuse it with the types that they support.
 */
export function checkModelKind(task: string, configJson: unknown, expected: ModelKind): void {
  const kind = modelKindOf(configJson);
  if (kind === undefined || kind === expected) return;
  const { what, loader } = DESCRIPTIONS[kind];
  throw new ConfigError(
    `${task}: expected ${DESCRIPTIONS[expected].what}, got model_type ${JSON.stringify(modelTypeOf(configJson))}, ${what}; load it with ${loader}`,
  );
}

/** The kind of model that config.json describes. Throws `ConfigError` with all supported types for any other. */
export function requireModelKind(task: string, configJson: unknown): ModelKind {
  const kind = modelKindOf(configJson);
  if (kind !== undefined) return kind;
  const supported = Object.values(MODEL_TYPES).flat().join(', ');
  throw new ConfigError(
    `${task}: config.json: model_type must be one of ${supported}, got ${JSON.stringify(modelTypeOf(configJson))}`,
  );
}
