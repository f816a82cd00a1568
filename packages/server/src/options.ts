import { existsSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BackendName, ConfigError, type WeightTypeName } from '@headwise/core';
import { checkOption, type OptionNames, requireOptions } from '@headwise/core/internal';
import type { Logger } from 'pino';
import type { ThreadStart } from './protocol.ts';

/** A model to serve. */
export interface ModelToServe {
  /** A directory, a URL of one, a repository of the hub (`org/name`), or a single GGUF or llama2.c file. */
  source: string | URL;
  /** The name that requests use (`model`). Default: the repository's, or the last part of a path or URL. */
  id?: string;
  /** Branch, tag or commit of a repository of the hub. */
  revision?: string;
  /** URL of the hub. Default: `https://huggingface.co`. */
  hubUrl?: string;
  /** Headers of the requests for its files, for example `{ Authorization: 'Bearer …' }`. */
  headers?: Readonly<Record<string, string>>;
  /** Name of the file with the weights. */
  weightsFile?: string;
  /** How weights are kept in memory. Default: `auto`. */
  dtype?: WeightTypeName | 'auto';
  /** Default: `auto`, the fastest available. */
  backend?: BackendName | 'auto';
  /** Jinja template of conversations that replaces the model's. */
  chatTemplate?: string;
  /** Whether the first features of an embedding are one too (Kusupati et al. 2022), so that requests may ask for fewer `dimensions`. Default: false. */
  matryoshka?: boolean;
  /** Whether it is a model of speech to text, which `loadSpeech` of `@headwise/core/speech` loads. Default: false. */
  speech?: boolean;
  /** Threads of this model. Default: that of the service. */
  workers?: number;
}

/** Options of the service. */
export interface ServiceOptions {
  /** Keys of which a request must have one: `Authorization: Bearer …`. Default: none, everyone may ask. */
  apiKeys?: readonly string[];
  /** Origins whose pages may use the service, such as `http://localhost:3000`; `*` for all. Default: none, only pages of the service's own origin. */
  allowedOrigins?: readonly string[];
  /** Threads of each model, each with a copy of the weights. Default: 1. */
  workers?: number;
  /** Requests of each model that may wait; further ones are refused (429). Default: 256. */
  maxQueue?: number;
  /** Bytes of a request's body; larger ones are refused (413). Default: 4 MiB. */
  maxBodySize?: number;
  /** Bytes of a body with a sound. Default: 25 MiB. */
  maxAudioSize?: number;
  /** A pino logger, or false for no log. Default: JSON lines on the standard output. */
  logger?: Logger | false;
  /** Aborts loading the models. */
  signal?: AbortSignal;
}

const MODEL_OPTIONS = {
  source: true,
  id: 'string',
  revision: 'string',
  hubUrl: 'string',
  headers: 'object',
  weightsFile: 'string',
  dtype: true,
  backend: true,
  chatTemplate: 'string',
  matryoshka: 'boolean',
  speech: 'boolean',
  workers: 'count',
} satisfies OptionNames<ModelToServe>;

export const SERVICE_OPTIONS = {
  apiKeys: 'list',
  allowedOrigins: 'list',
  workers: 'count',
  maxQueue: 'count',
  maxBodySize: 'count',
  maxAudioSize: 'count',
  logger: true,
  signal: 'signal',
} satisfies OptionNames<ServiceOptions>;

/** Throws `ConfigError` unless each key could stand in a header. */
export function checkKeys(task: string, keys: readonly unknown[] = []): void {
  if (keys.every((key) => typeof key === 'string' && /^\S+$/.test(key))) return;
  // The keys are not shown: they are secrets.
  throw new ConfigError(`${task}: apiKeys must be strings without spaces, of at least one character`);
}

/** Throws `ConfigError` unless each origin is one as browsers send it, or `*`. */
export function checkOrigins(task: string, origins: readonly unknown[] = []): void {
  const wrong = origins.find(
    (origin) => typeof origin !== 'string' || (origin !== '*' && originOf(origin) !== origin),
  );
  if (wrong === undefined) return;
  const hint = typeof wrong === 'string' ? originOf(wrong) : undefined;
  throw new ConfigError(
    `${task}: allowedOrigins must be * or origins such as http://localhost:3000, without a path, got ${JSON.stringify(wrong)}${hint ? `; probably ${hint} is meant` : ''}`,
  );
}

function originOf(text: string): string | undefined {
  const origin = URL.canParse(text) ? new URL(text).origin : 'null';
  return origin === 'null' ? undefined : origin;
}

/** A model with all that was left out. */
export interface ModelPlan {
  readonly id: string;
  readonly start: ThreadStart;
  /** Script of the threads, if it is not this package's. */
  readonly script?: URL;
  readonly workers: number;
  readonly isMatryoshka: boolean;
}

/** Throws `ConfigError` for invalid options, and for two models of one name. */
export function planModels(
  task: string,
  models: readonly ModelToServe[],
  { workers: common = 1 }: ServiceOptions,
): ModelPlan[] {
  if (!Array.isArray(models) || models.length === 0)
    throw new ConfigError(`${task}: models must be an array with a model or several`);
  const plans = models.map((model) => planModel(task, model, common));
  const twice = plans.find(({ id }, index) => plans.findIndex((other) => other.id === id) < index);
  if (!twice) return plans;
  throw new ConfigError(
    `${task}: two models have the id ${JSON.stringify(twice.id)}; give one of them another by the option id`,
  );
}

function planModel(task: string, model: ModelToServe, common: number): ModelPlan {
  requireOptions(task, model, MODEL_OPTIONS);
  const {
    source,
    id,
    workers = common,
    matryoshka = false,
    speech = false,
    chatTemplate,
    ...options
  } = model;
  if (typeof source !== 'string' && !(source instanceof URL))
    throw new ConfigError(`${task}: source must be a string or a URL, got ${typeof source}`);
  checkOption(task, 'workers', workers, 'count');
  const location = locationOf(source);
  return {
    id: id ?? nameOf(location),
    workers,
    isMatryoshka: matryoshka,
    start: {
      source: location,
      options,
      ...(speech && { isSpeech: true }),
      ...(chatTemplate !== undefined && { chatTemplate }),
    },
  };
}

/** A source as a string, which can be sent to a thread. */
export function locationOf(source: string | URL): string {
  const text = String(source);
  if (text.startsWith('file:')) return fileURLToPath(text);
  // A relative directory without ./ in front, as a command line has it.
  return existsSync(text) ? resolve(text) : text;
}

function nameOf(location: string): string {
  const isHubId = /^[\w.-]+\/[\w.-]+$/.test(location);
  const path = /^https?:/i.test(location) ? new URL(location).pathname : location;
  return isHubId ? location : basename(path.replace(/[\\/]+$/, '')) || 'model';
}
