import { ConfigError } from '@headwise/core';
import { checkOption, type OptionNames, requireOptions } from '@headwise/core/internal';

/** What is computed of each text: its embedding, or the probabilities of the labels of a sequence classifier. */
export type FleetTask = 'embed' | 'classify';

/** Options of {@link runFleet}. */
export interface FleetOptions {
  /** An encoder: a directory, a URL of one, or a repository of the hub (`org/name`). All machines must find it under this name. */
  model: string | URL;
  /** The directory of the results. One that has the same run already goes on where it was. */
  out: string;
  /** Default: `embed`. */
  task?: FleetTask;
  /** Field of a JSON object, or column of Parquet, with the text. Default: `text`. */
  textField?: string;
  /** Field or column with an id (a text or a whole number) that is written beside the vectors. Default: none; rows are known by their order. */
  idField?: string;
  /** Texts that are computed and written at a time. Default: 1024. */
  shardSize?: number;
  /** Branch, tag or commit of a repository of the hub. */
  revision?: string;
  /** URL of the hub. Default: `https://huggingface.co`. */
  hubUrl?: string;
  /** Name of the file with the weights. */
  weightsFile?: string;
  /** How weights are kept in memory. Default: `auto`. */
  dtype?: 'auto' | 'f32' | 'f16' | 'q8' | 'q4';
  /**
   * Default: `wasm-simd`, which computes the same bits on all machines. `wasm-relaxed-simd` is faster; its last bits depend on the processor.
   */
  backend?: 'wasm-simd' | 'wasm-relaxed-simd' | 'reference';
  /** `embed`: whether to divide by the Euclidean norm. Default: as in the model's files, else false. */
  normalize?: boolean;
  /** `embed`: features to keep. Default: all. */
  truncateDim?: number;
  /** `embed`: a text to put before each text. */
  prompt?: string;
  /** `embed`: the name of a prompt of the model's files. */
  promptName?: string;
  /** URL of a Redis (`redis://`, `rediss://`) that hands shards out to other machines too. Default: none; this process computes all. */
  redis?: string;
  /** Threads of this process that compute, each with a copy of the weights. Default: 1; 0 (only with `redis`) leaves all to others. */
  workers?: number;
  /** With `redis`: milliseconds after which a process that has stopped renewing its locks counts as lost, and its shards are given to others. Default: 30,000. */
  lockDuration?: number;
  /** Stops after the shards that are being computed; `runFleet` then rejects with the signal's reason. The same call goes on. */
  signal?: AbortSignal;
  /** Called when a shard is done, at most once a second or so. */
  onProgress?: (progress: FleetProgress) => void;
  /** Called with what a person should know: a connection that is lost, a thread that died, a shard that is tried again. */
  onNotice?: (notice: string) => void;
}

/** What decides the results of a run. */
export interface FleetSettings {
  readonly task: FleetTask;
  readonly model: {
    readonly source: string;
    readonly revision?: string;
    readonly hubUrl?: string;
    readonly weightsFile?: string;
    readonly dtype: NonNullable<FleetOptions['dtype']>;
    readonly backend: NonNullable<FleetOptions['backend']>;
  };
  readonly options: Pick<FleetOptions, 'normalize' | 'truncateDim' | 'prompt' | 'promptName'>;
  readonly corpus: {
    readonly path: string;
    readonly format: 'jsonl' | 'parquet';
    readonly textField: string;
    readonly idField?: string;
  };
  readonly shardSize: number;
}

/** How far a run is. */
export interface FleetProgress {
  readonly shards: number;
  readonly shardsDone: number;
  /** Texts. */
  readonly rows: number;
  readonly rowsDone: number;
}

export const FLEET_OPTIONS = {
  model: true,
  out: 'string',
  task: ['embed', 'classify'],
  textField: 'string',
  idField: 'string',
  shardSize: 'count',
  revision: 'string',
  hubUrl: 'string',
  weightsFile: 'string',
  dtype: ['auto', 'f32', 'f16', 'q8', 'q4'],
  backend: ['wasm-simd', 'wasm-relaxed-simd', 'reference'],
  normalize: 'boolean',
  truncateDim: 'count',
  prompt: 'string',
  promptName: 'string',
  redis: 'string',
  workers: 'whole',
  lockDuration: 'count',
  signal: 'signal',
  onProgress: 'function',
  onNotice: 'function',
} satisfies OptionNames<FleetOptions>;

/** Options of {@link workFleet}. */
export interface WorkOptions {
  /** URL of the Redis. */
  redis: string;
  /** Threads, each with a copy of the weights. Default: 1. */
  workers?: number;
  /** Milliseconds after which a process that has stopped renewing its locks counts as lost. Default: 30,000. */
  lockDuration?: number;
  /** Stops after the shards that are being computed. */
  signal?: AbortSignal;
  onNotice?: (notice: string) => void;
}

export const WORK_OPTIONS = {
  redis: 'string',
  workers: 'count',
  lockDuration: 'count',
  signal: 'signal',
  onNotice: 'function',
} satisfies OptionNames<WorkOptions>;

/** Options of {@link verifyFleet}. */
export interface VerifyOptions {
  /** The corpus, if it shall be compared with its hash too. */
  corpus?: string;
  signal?: AbortSignal;
}

export const VERIFY_OPTIONS = { corpus: 'string', signal: 'signal' } satisfies OptionNames<VerifyOptions>;

/** Throws `ConfigError` for what the types rule out and for options that exclude each other. */
export function checkFleetOptions(options: FleetOptions): void {
  requireOptions('runFleet', options, FLEET_OPTIONS);
  const { model, out, redis, workers = 1, task = 'embed' } = options;
  if (typeof model !== 'string' && !(model instanceof URL))
    throw new ConfigError(`runFleet: model must be a string or a URL, got ${typeof model}`);
  checkOption('runFleet', 'out', out, 'string');
  if (workers === 0 && redis === undefined)
    throw new ConfigError('runFleet: workers is 0, but without redis nobody else computes');
  if (redis !== undefined) checkRedisUrl('runFleet', redis);
  for (const name of ['normalize', 'truncateDim', 'prompt', 'promptName'] as const) {
    if (task === 'classify' && options[name] !== undefined)
      throw new ConfigError(`runFleet: ${name} belongs to the task embed, not to classify`);
  }
}

/** Throws `ConfigError` unless it is the URL of a Redis. The URL is not shown: it may have a password. */
export function checkRedisUrl(task: string, url: unknown): void {
  if (typeof url === 'string' && URL.canParse(url) && /^rediss?:$/.test(new URL(url).protocol)) return;
  throw new ConfigError(`${task}: redis must be a URL such as redis://127.0.0.1:6379`);
}
