import type { Backend } from '../../backend/backend.ts';
import { ConfigError } from '../../errors.ts';
import { ALL_WEIGHTS, type WeightPlan } from '../../nn/run/shard.ts';
import type { Checkpoint } from '../../weights/types.ts';
import { ConfigReader } from '../config.ts';
import { MODEL_TYPES } from '../model-types.ts';
import type { AlbertConfig } from './albert.ts';
import { loadBert, parseBertConfig } from './bert.ts';
import type { CoreEncoderConfig } from './core-config.ts';
import type { DebertaV2Config } from './deberta-v2.ts';
import type { Encoder } from './encoder.ts';
import type { EncoderFamily } from './family.ts';
import type { GteNewConfig } from './gte-new.ts';
import type { JinaBertConfig } from './jina-bert.ts';
import type { ModernBertConfig } from './modernbert.ts';
import type { MPNetConfig } from './mpnet.ts';
import type { NomicBertConfig } from './nomic-bert.ts';
import type { TaskHeadKind } from './task-heads.ts';

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

/** The module of the architecture `type`. BERT's code is in every app with an encoder; that of the others is imported when it is needed. */
async function importFamily(type: string): Promise<EncoderFamily<EncoderConfig>> {
  if (type === 'bert') return { parse: parseBertConfig, load: loadBert } as EncoderFamily<EncoderConfig>;
  // All in one module: many small ones would split the code that they share with every app into many files.
  const { FAMILIES } = await import('./families.ts');
  return FAMILIES[type as keyof typeof FAMILIES] as unknown as EncoderFamily<EncoderConfig>;
}

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
  if (!MODEL_TYPES.encoder.includes(modelType)) {
    throw new ConfigError(
      `config.json: model_type must be one of ${MODEL_TYPES.encoder.join(', ')}, got ${JSON.stringify(modelType)}`,
    );
  }
  const isJina = modelType === 'bert' && reader.raw('position_embedding_type') === 'alibi';
  return (await importFamily(isJina ? 'jina-bert' : modelType)).parse(json, heads);
}

/** Loads an encoder's weights, or a shard's slices of them, into a backend. */
export async function encoderFromCheckpoint(
  config: EncoderConfig,
  checkpoint: Checkpoint,
  backend: Backend,
  plan: WeightPlan = ALL_WEIGHTS,
): Promise<Encoder> {
  return (await importFamily(config.modelType)).load(config, checkpoint, backend, plan);
}
