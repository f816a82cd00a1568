import { ConfigError, FormatError } from '../errors.ts';
import { DEFAULT_POOLING, type PoolingMode, type SentenceSettings } from '../models/encoders/pooling.ts';
import type { RepositoryFiles } from '../weights/sources/repository.ts';

interface Module {
  readonly kind: string;
  readonly path: string;
}

/**
 * Reads the settings of sentence-transformers: modules.json, the pooling module's config.json and sentence_bert_config.json. Without
 * modules.json: mean pooling and normalised embeddings. Rejects with `ConfigError` for unsupported modules and pooling modes.
 */
export async function readSentenceSettings(files: RepositoryFiles): Promise<SentenceSettings> {
  if (!(await files.has('modules.json'))) return { pooling: DEFAULT_POOLING };
  const modules = modulesOf(await files.json('modules.json'));
  const unknown = modules.find(({ kind }) => !['Transformer', 'Pooling', 'Normalize'].includes(kind));
  if (unknown) {
    throw new ConfigError(
      `modules.json: modules must be Transformer, Pooling and Normalize, got ${JSON.stringify(unknown.kind)}`,
    );
  }
  const file = (module: Module, name: string) => (module.path === '' ? name : `${module.path}/${name}`);
  const pooling = modules.find(({ kind }) => kind === 'Pooling');
  const mode = pooling ? modeOf(await files.json(file(pooling, 'config.json'))) : 'mean';
  const normalize = modules.some(({ kind }) => kind === 'Normalize');
  const transformer = modules.find(({ kind }) => kind === 'Transformer');
  const lengths = file(transformer ?? { kind: '', path: '' }, 'sentence_bert_config.json');
  const maxSeqLength = (await files.has(lengths)) ? lengthOf(await files.json(lengths)) : undefined;
  return { pooling: { mode, normalize }, ...(maxSeqLength !== undefined && { maxSeqLength }) };
}

function modulesOf(json: unknown): Module[] {
  if (!Array.isArray(json)) throw new FormatError('modules-invalid', 'modules.json must be a list');
  return json.map((module: unknown) => {
    const { type, path = '' } = objectOf(module, 'modules.json');
    if (typeof type !== 'string' || typeof path !== 'string') {
      throw new FormatError('modules-invalid', 'modules.json: every module needs a type and a path');
    }
    return { kind: type.slice(type.lastIndexOf('.') + 1), path };
  });
}

function modeOf(json: unknown): PoolingMode {
  const config = objectOf(json, "the pooling's config.json");
  const modes: Readonly<Record<string, PoolingMode>> = {
    pooling_mode_mean_tokens: 'mean',
    pooling_mode_cls_token: 'cls',
    pooling_mode_max_tokens: 'max',
  };
  const chosen = Object.keys(config).filter((key) => key.startsWith('pooling_mode_') && config[key] === true);
  const [only, ...others] = chosen;
  const mode =
    only !== undefined && others.length === 0 && Object.hasOwn(modes, only) ? modes[only] : undefined;
  if (mode) return mode;
  throw new ConfigError(
    `the pooling's config.json must choose one of ${Object.keys(modes).join(', ')}, got ${chosen.join(' and ') || 'none'}`,
  );
}

function lengthOf(json: unknown): number | undefined {
  const { max_seq_length: length } = objectOf(json, 'sentence_bert_config.json');
  if (length === undefined || length === null) return undefined;
  if (typeof length === 'number' && Number.isSafeInteger(length) && length >= 1) return length;
  throw new ConfigError(
    `sentence_bert_config.json: max_seq_length must be a whole number of at least 1, got ${JSON.stringify(length)}`,
  );
}

function objectOf(json: unknown, name: string): Record<string, unknown> {
  if (typeof json === 'object' && json !== null && !Array.isArray(json))
    return json as Record<string, unknown>;
  throw new FormatError('modules-invalid', `${name} must contain objects, got ${JSON.stringify(json)}`);
}
