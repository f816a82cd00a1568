import { ConfigError, FormatError } from '../errors.ts';
import type {
  PoolingMode,
  SentenceSettings,
  SentenceStep,
  SimilarityFunction,
} from '../models/encoders/pooling.ts';
import { POOLING_MODES } from '../models/encoders/pooling.ts';
import type { RepositoryFiles } from '../weights/sources/repository.ts';
import { readTransformerSettings } from './sentence-transformer-config.ts';
import { checkInputName, fileOf, type Json, objectOf } from './sentence-values.ts';

/** A module of a repository of sentence-transformers. */
export interface SentenceModule {
  /** The class, without its package. */
  readonly kind: string;
  /** The folder of its files; '' for the repository's own. */
  readonly path: string;
}

/** The modules in modules.json. Throws `FormatError` for a file of another form, and `ConfigError` for classes of other packages. */
export function modulesOf(json: unknown): SentenceModule[] {
  if (!Array.isArray(json)) throw new FormatError('modules-invalid', 'modules.json must be a list');
  return json.map((module: unknown) => {
    const { type, path = '' } = objectOf(module, 'modules.json');
    if (typeof type !== 'string' || typeof path !== 'string') {
      throw new FormatError('modules-invalid', 'modules.json: every module needs a type and a path');
    }
    if (!type.startsWith('sentence_transformers.') || type.includes('.sparse_encoder.')) {
      throw new ConfigError(
        `modules.json: ${JSON.stringify(type)} is not supported; modules must be Transformer, Pooling, Dense, Normalize or StaticEmbedding`,
      );
    }
    // A dot stands for the repository itself.
    const folder = path.replace(/^\.\/?/, '').replace(/\/$/, '');
    return { kind: type.slice(type.lastIndexOf('.') + 1), path: folder };
  });
}

/** Reads modules.json and the files that it names. For errors see `readSentenceSettings`. */
export async function readSentenceModules(files: RepositoryFiles): Promise<SentenceSettings> {
  const modules = modulesOf(await files.json('modules.json')).filter(({ kind }) => kind !== 'Dropout');
  const [first, ...rest] = modules;
  const own = rest.slice(0, 4).flatMap(({ path }) => (path === '' ? [] : [fileOf(path, 'config.json')]));
  files.prefetch(['config_sentence_transformers.json', 'sentence_bert_config.json', ...own]);
  const isStatic = first?.kind === 'StaticEmbedding';
  if (!isStatic && first?.kind !== 'Transformer') {
    throw unsupportedModule(first?.kind ?? 'none', 'the first module must be Transformer or StaticEmbedding');
  }
  const transformer = isStatic
    ? { addSpecialTokens: false, maxSeqLength: Infinity }
    : await readTransformerSettings(files, first.path);
  const [second, ...others] = rest;
  if (!isStatic && second?.kind !== 'Pooling') {
    throw unsupportedModule(second?.kind ?? 'none', 'the module after Transformer must be Pooling');
  }
  const pooling = isStatic ? { mode: 'mean' as const } : await readPooling(files, second!);
  const steps: SentenceStep[] = [];
  for (const module of isStatic ? rest : others) steps.push(await readStep(files, module));
  const isPlain = steps.every(({ kind }) => kind === 'normalize');
  const { mode, ...poolingMore } = pooling;
  return {
    pooling: { mode, normalize: isPlain && steps.length > 0 },
    ...poolingMore,
    ...(!isPlain && { steps }),
    ...transformer,
    ...readModelSettings(await files.optionalJson('config_sentence_transformers.json')),
  };
}

function unsupportedModule(kind: string, rule: string): ConfigError {
  return new ConfigError(`modules.json: ${rule}, got ${JSON.stringify(kind)}, which is not supported`);
}

/** The modes of the boolean fields of older files, in the order in which their vectors are concatenated. */
const POOLING_FLAGS: Readonly<Record<string, PoolingMode>> = {
  pooling_mode_cls_token: 'cls',
  pooling_mode_max_tokens: 'max',
  pooling_mode_mean_tokens: 'mean',
  pooling_mode_mean_sqrt_len_tokens: 'mean_sqrt_len_tokens',
  pooling_mode_weightedmean_tokens: 'weightedmean',
  pooling_mode_lasttoken: 'lasttoken',
};

async function readPooling(files: RepositoryFiles, { path }: SentenceModule) {
  const name = fileOf(path, 'config.json');
  const config = objectOf(await files.json(name), name);
  const modes = modesIn(config, name);
  const unknown = Object.keys(config).find((key) => key.startsWith('pooling_mode_') && !POOLING_FLAGS[key]);
  if (unknown !== undefined && config[unknown] === true) {
    throw new ConfigError(`${name}: ${unknown} is not supported; the modes are ${POOLING_MODES.join(', ')}`);
  }
  const includePrompt = config.include_prompt ?? true;
  if (typeof includePrompt !== 'boolean') {
    throw new ConfigError(
      `${name}: include_prompt must be true or false, got ${JSON.stringify(includePrompt)}`,
    );
  }
  return { mode: modes.length === 1 ? modes[0]! : modes, ...(!includePrompt && { includePrompt }) };
}

function modesIn(config: Json, name: string): readonly PoolingMode[] {
  const { pooling_mode: given } = config;
  if (given === undefined || given === null) {
    const flagged = Object.entries(POOLING_FLAGS).filter(([flag]) => config[flag] === true);
    return flagged.length > 0 ? flagged.map(([, mode]) => mode) : ['mean'];
  }
  const modes: readonly unknown[] = Array.isArray(given) ? given : [given];
  if (
    modes.length > 0 &&
    modes.every((mode): mode is PoolingMode => POOLING_MODES.includes(mode as string))
  ) {
    return modes;
  }
  throw new ConfigError(
    `${name}: pooling_mode must be one or several of ${POOLING_MODES.join(', ')}, got ${JSON.stringify(given)}`,
  );
}

async function readStep(files: RepositoryFiles, { kind, path }: SentenceModule): Promise<SentenceStep> {
  if (kind === 'Normalize') {
    const config = path === '' ? undefined : await files.optionalJson(fileOf(path, 'config.json'));
    if (config !== undefined) checkInputName(objectOf(config, fileOf(path, 'config.json')), path);
    return { kind: 'normalize' };
  }
  if (kind === 'Dense') return (await import('./sentence-dense.ts')).readDense(files, path);
  throw unsupportedModule(kind, 'modules after Pooling must be Dense, Normalize or Dropout');
}

const SIMILARITIES: readonly string[] = [
  'cosine',
  'dot',
  'euclidean',
  'manhattan',
] satisfies SimilarityFunction[];

/** The settings of config_sentence_transformers.json. Prompts named query and document are empty unless the file has them, as in the library. */
function readModelSettings(json: unknown): Partial<SentenceSettings> {
  const name = 'config_sentence_transformers.json';
  const config = json === undefined ? {} : objectOf(json, name);
  const { model_type: type = 'SentenceTransformer', truncate_dim: dim } = config;
  if (type !== 'SentenceTransformer') {
    throw new ConfigError(`${name}: model_type must be SentenceTransformer, got ${JSON.stringify(type)}`);
  }
  const prompts: Record<string, string> = Object.assign(Object.create(null), { query: '', document: '' });
  for (const [key, prompt] of Object.entries(objectOf(config.prompts ?? {}, `${name}: prompts`))) {
    if (prompt !== null && typeof prompt !== 'string') {
      throw new ConfigError(`${name}: prompts.${key} must be a string, got ${JSON.stringify(prompt)}`);
    }
    prompts[key] = prompt ?? '';
  }
  const defaultPrompt = config.default_prompt_name ?? undefined;
  if (
    defaultPrompt !== undefined &&
    !(typeof defaultPrompt === 'string' && Object.hasOwn(prompts, defaultPrompt))
  ) {
    throw new ConfigError(
      `${name}: default_prompt_name must be one of ${Object.keys(prompts).join(', ')}, got ${JSON.stringify(defaultPrompt)}`,
    );
  }
  const similarity = config.similarity_fn_name ?? 'cosine';
  if (!SIMILARITIES.includes(similarity as string)) {
    throw new ConfigError(
      `${name}: similarity_fn_name must be one of ${SIMILARITIES.join(', ')}, got ${JSON.stringify(similarity)}`,
    );
  }
  if (dim !== undefined && dim !== null && !(Number.isSafeInteger(dim) && (dim as number) >= 1)) {
    throw new ConfigError(
      `${name}: truncate_dim must be a whole number of at least 1, got ${JSON.stringify(dim)}`,
    );
  }
  return {
    prompts,
    similarity: similarity as SimilarityFunction,
    ...(defaultPrompt !== undefined && { defaultPromptName: defaultPrompt }),
    ...(typeof dim === 'number' && { truncateDim: dim }),
  };
}
