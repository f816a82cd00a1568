import type { Backend } from '../../backend/backend.ts';
import { ConfigError } from '../../errors.ts';
import { ALL_WEIGHTS, type WeightPlan } from '../../nn/run/shard.ts';
import type { Checkpoint } from '../../weights/types.ts';
import { ConfigReader } from '../config.ts';
import { MODEL_TYPES } from '../model-types.ts';
import type { AlbertConfig } from './albert.ts';
import { type BertConfig, loadBert, parseBertConfig } from './bert.ts';
import type { DebertaV2Config } from './deberta-v2.ts';
import { type DistilBertConfig, loadDistilBert, parseDistilBertConfig } from './distilbert.ts';
import { type ElectraConfig, loadElectra, parseElectraConfig } from './electra.ts';
import type { Encoder } from './encoder.ts';
import type { EncoderFamily } from './family.ts';
import type { GteNewConfig } from './gte-new.ts';
import type { JinaBertConfig } from './jina-bert.ts';
import type { ModernBertConfig } from './modernbert.ts';
import type { MPNetConfig } from './mpnet.ts';
import type { NomicBertConfig } from './nomic-bert.ts';
import { loadRoberta, parseRobertaConfig, type RobertaConfig } from './roberta.ts';
import type { TaskHeadKind } from './task-heads.ts';

/** The configurations of the architectures that can be created and trained; the code of all is in every app with an encoder. */
export type CoreEncoderConfig = BertConfig | DistilBertConfig | RobertaConfig | ElectraConfig;

/** The configuration of a supported encoder, discriminated by `modelType`. Structured-cloneable. */
export type EncoderConfig =
  | CoreEncoderConfig
  | MPNetConfig
  | ModernBertConfig
  | NomicBertConfig
  | GteNewConfig
  | AlbertConfig
  | DebertaV2Config
  | JinaBertConfig;

/** Architectures whose code is imported when a model of one of them is loaded, by `modelType`. */
const FAMILY_TYPES = [
  'albert',
  'deberta-v2',
  'jina-bert',
  'modernbert',
  'mpnet',
  'new',
  'nomic_bert',
] as const;

type FamilyType = (typeof FAMILY_TYPES)[number];

async function importFamily(type: FamilyType): Promise<EncoderFamily<EncoderConfig>> {
  // All in one module: many small ones would split the code that they share with every app into many files.
  const { FAMILIES } = await import('./families.ts');
  return FAMILIES[type] as unknown as EncoderFamily<EncoderConfig>;
}

const isFamily = (type: string): type is FamilyType => FAMILY_TYPES.some((family) => family === type);

/**
 * Parses a config.json. `heads` are the task heads to load instead of those of the file's `architectures`. Rejects with `ConfigError` for an
 * unsupported architecture and for invalid values.
 */
export async function readEncoderConfig(
  json: unknown,
  heads?: readonly TaskHeadKind[],
): Promise<EncoderConfig> {
  const reader = new ConfigReader(json);
  const modelType = reader.text('model_type');
  const isJina = modelType === 'bert' && reader.raw('position_embedding_type') === 'alibi';
  const type = isJina ? 'jina-bert' : modelType;
  if (isFamily(type) && MODEL_TYPES.encoder.includes(modelType)) {
    return (await importFamily(type)).parse(json, heads);
  }
  return parse(json, heads, MODEL_TYPES.encoder);
}

/** {@link readEncoderConfig} for BERT, RoBERTa, ELECTRA and DistilBERT, without the need to wait. Throws `ConfigError` for others. */
export function parseEncoderConfig(json: unknown, heads?: readonly TaskHeadKind[]): CoreEncoderConfig {
  return parse(
    json,
    heads,
    MODEL_TYPES.encoder.filter((type) => !isFamily(type)),
  );
}

function parse(
  json: unknown,
  heads: readonly TaskHeadKind[] | undefined,
  supported: readonly string[],
): CoreEncoderConfig {
  const modelType = new ConfigReader(json).text('model_type');
  switch (modelType) {
    case 'bert':
      return parseBertConfig(json, heads);
    case 'distilbert':
      return parseDistilBertConfig(json, heads);
    case 'electra':
      return parseElectraConfig(json, heads);
    case 'roberta':
    case 'xlm-roberta':
    case 'camembert':
      return parseRobertaConfig(json, heads);
    default:
      throw new ConfigError(
        `config.json: model_type must be one of ${supported.join(', ')}, got ${JSON.stringify(modelType)}`,
      );
  }
}

/** Loads an encoder's weights, or a shard's slices of them, into a backend. */
export async function encoderFromCheckpoint(
  config: EncoderConfig,
  checkpoint: Checkpoint,
  backend: Backend,
  plan: WeightPlan = ALL_WEIGHTS,
): Promise<Encoder> {
  switch (config.modelType) {
    case 'bert':
      return loadBert(config, checkpoint, backend, plan);
    case 'distilbert':
      return loadDistilBert(config, checkpoint, backend, plan);
    case 'electra':
      return loadElectra(config, checkpoint, backend, plan);
    case 'roberta':
    case 'xlm-roberta':
    case 'camembert':
      return loadRoberta(config, checkpoint, backend, plan);
    default:
      return (await importFamily(config.modelType)).load(config, checkpoint, backend, plan);
  }
}
