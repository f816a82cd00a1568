import { checkOptions } from '@headwise/core/internal';
import { type Context, Hono } from 'hono';
import { type Logger, pino } from 'pino';
import { transcriptions, translations } from './api/audio.ts';
import { chatCompletions } from './api/chat.ts';
import { completions } from './api/completions.ts';
import { embeddings } from './api/embeddings.ts';
import { type Call, type Served, type ServedKind, servedKind } from './api/endpoint.ts';
import { RequestError } from './errors.ts';
import { keyCheck } from './http/auth.ts';
import { limitTo, readForm, readJson } from './http/bodies.ts';
import { Metrics } from './http/metrics.ts';
import { observed, type RequestRecord } from './http/observed.ts';
import { originCheck } from './http/origins.ts';
import {
  checkKeys,
  checkOrigins,
  type ModelPlan,
  type ModelToServe,
  planModels,
  SERVICE_OPTIONS,
  type ServiceOptions,
} from './options.ts';
import { ModelPool, type PoolObserver, type PoolStatus } from './pool/model-pool.ts';

/** The service as a function from requests to responses, for a server of your own. `startServer` makes one for Node. */
export interface Service {
  /** Answers a request. Never rejects. */
  readonly fetch: (request: Request) => Promise<Response>;
  /** The ids of the models. */
  readonly models: readonly string[];
  /**
   * Refuses new requests (503), answers the accepted ones, and ends the threads. A second call ends them at once: requests that are left get
   * errors.
   */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

const MEBIBYTE = 2 ** 20;
type Env = { Variables: { record: RequestRecord } };

/**
 * Loads models into threads and returns a service with OpenAI's API for them: `/v1/embeddings`, `/v1/completions`, `/v1/chat/completions`, `/v1/models`,
 * `/health` and `/metrics`.
 *
 * ```ts
 * const service = await createService([{ source: 'sentence-transformers/all-MiniLM-L6-v2' }]);
 * const response = await service.fetch(new Request('http://localhost/v1/models'));
 * ```
 *
 * Rejects with `ConfigError` for invalid options and with the errors of core's `loadModel`, by their codes, if a model cannot be loaded.
 */
export async function createService(
  models: readonly ModelToServe[],
  options: ServiceOptions = {},
): Promise<Service> {
  checkOptions('createService', options, SERVICE_OPTIONS);
  checkKeys('createService', options.apiKeys);
  checkOrigins('createService', options.allowedOrigins);
  return serviceOf(planModels('createService', models, options), options);
}

/** {@link createService} of models whose options are checked. */
export async function serviceOf(plans: readonly ModelPlan[], options: ServiceOptions): Promise<Service> {
  const { maxQueue = 256, maxBodySize = 4 * MEBIBYTE, maxAudioSize = 25 * MEBIBYTE } = options;
  const { apiKeys = [], allowedOrigins = [], signal } = options;
  const log = options.logger === false ? pino({ enabled: false }) : (options.logger ?? pino());
  const served = new Map<string, Served>();
  const statuses = function* (): Iterable<readonly [string, PoolStatus]> {
    for (const [id, { pool }] of served) yield [id, pool.status];
  };
  const metrics = new Metrics(statuses);
  await startPools(plans, served, { maxQueue, metrics, log }, signal);
  const startedAt = Math.floor(Date.now() / 1000);

  let isClosing = false;
  const app = new Hono<Env>();
  app.use(observed(log, metrics));
  app.onError((error, context) => errorResponse(error, context, log));
  app.notFound((context) => {
    // Thrown, it would pass by the log.
    const error = new RequestError(404, `there is no ${context.req.method} ${context.req.path}`, {
      apiCode: 'not_found',
    });
    return errorResponse(error, context, log);
  });
  if (allowedOrigins.length > 0) app.use(originCheck(allowedOrigins));
  /** After the route of a path: its other methods. */
  const onlyBy = (method: 'GET' | 'POST', path: string) =>
    app.all(path, (context) => {
      throw new RequestError(405, `there is no ${context.req.method} ${context.req.path}, but ${method}`, {
        apiCode: 'method_not_supported',
        allow: method,
      });
    });
  const get = (path: string, answer: (context: Context<Env>) => Response | Promise<Response>) => {
    app.get(path, answer);
    onlyBy('GET', path);
  };
  get('/health', (context) => {
    const state = Object.fromEntries(statuses());
    const isUp = Object.values(state).every(({ ready }) => ready > 0);
    const status = isClosing ? 'stopping' : isUp ? 'ok' : 'unavailable';
    return context.json({ status, models: state }, status === 'ok' ? 200 : 503);
  });
  if (apiKeys.length > 0) {
    const check = keyCheck(apiKeys);
    app.use(async (context, next) => {
      check(context.req.header('authorization'));
      await next();
    });
  }
  get('/metrics', async (context) =>
    context.body(await metrics.text(), 200, { 'content-type': metrics.contentType }),
  );
  get('/v1/models', (context) =>
    context.json({ object: 'list', data: [...served].map((entry) => modelOf(entry, startedAt)) }),
  );
  // Ids have slashes, which clients may or may not escape.
  get('/v1/models/:id{.+}', (context) => {
    const id = context.req.param('id')!;
    return context.json(modelOf([id, find(served, id)], startedAt));
  });
  const post = (
    path: string,
    endpoint: (call: Call) => Promise<Response>,
    limit = limitTo('maxBodySize', maxBodySize),
    readBody = readJson,
  ) => {
    app.post(path, limit, async (context) => {
      if (isClosing)
        throw new RequestError(503, 'the service is stopping', { apiCode: 'stopping', retryAfter: 1 });
      const record = context.get('record');
      return endpoint({
        body: await readBody(context),
        service: { find: (id, kind) => findOfKind(served, id, kind) },
        signal: context.req.raw.signal,
        onUsage(model, promptTokens, completionTokens) {
          metrics.tokens(model, promptTokens, completionTokens);
          Object.assign(record, { model, promptTokens, completionTokens });
        },
      });
    });
    onlyBy('POST', path);
  };
  post('/v1/embeddings', embeddings);
  post('/v1/completions', completions);
  post('/v1/chat/completions', chatCompletions);
  const limitOfSounds = limitTo('maxAudioSize', maxAudioSize);
  const readSound = readForm(allowedOrigins);
  post('/v1/audio/transcriptions', transcriptions, limitOfSounds, readSound);
  post('/v1/audio/translations', translations, limitOfSounds, readSound);

  const service: Service = {
    fetch: async (request) => app.fetch(request),
    models: [...served.keys()],
    async close() {
      const pools = [...served.values()].map(({ pool }) => pool);
      if (!isClosing) {
        isClosing = true;
        await Promise.all(pools.map((pool) => pool.drained()));
      }
      await Promise.all(pools.map((pool) => pool.terminate()));
    },
    [Symbol.asyncDispose]: () => service.close(),
  };
  return service;
}

/** Starts the threads of all models, or of none. */
async function startPools(
  plans: readonly ModelPlan[],
  served: Map<string, Served>,
  { maxQueue, metrics, log }: { maxQueue: number; metrics: Metrics; log: Logger },
  signal: AbortSignal | undefined,
): Promise<void> {
  const starting = plans.map(async ({ isMatryoshka, ...plan }) => {
    const { id, workers } = plan;
    const observer = withLog(metrics.observer(id), log.child({ model: id }));
    const startedAt = performance.now();
    const pool = await ModelPool.start({ ...plan, maxQueue, observer }, signal);
    const { kind, backend, dtype } = pool.model;
    const seconds = (performance.now() - startedAt) / 1000;
    log.info({ model: id, kind, backend, dtype, workers, seconds }, 'model loaded');
    return [id, { pool, isMatryoshka }] as const;
  });
  const results = await Promise.allSettled(starting);
  const pools = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) {
    await Promise.all(pools.map(([, { pool }]) => pool.terminate()));
    throw failed.reason;
  }
  for (const [id, one] of pools) served.set(id, one);
}

function withLog(observer: PoolObserver, log: Logger): PoolObserver {
  return {
    onBatch: observer.onBatch,
    onThreadExit(error, retried) {
      observer.onThreadExit(error, retried);
      log.error({ error, retried }, 'thread ended; another is started');
    },
    onThreadReady: () => log.info('thread started again'),
  };
}

function find(served: ReadonlyMap<string, Served>, id: string): Served {
  const found = served.get(id);
  if (found) return found;
  throw new RequestError(
    404,
    `there is no model ${JSON.stringify(id)}; this service has ${[...served.keys()].join(', ')}`,
    { apiCode: 'model_not_found', param: 'model' },
  );
}

/** What a model of each kind does, and does not. */
const ABILITIES: Readonly<Record<ServedKind, readonly [does: string, not: string]>> = {
  encoder: ['computes embeddings', 'has no embeddings'],
  generator: ['generates texts', 'no texts'],
  speech: ['writes down speech', 'writes down no speech'],
};

function findOfKind(served: ReadonlyMap<string, Served>, id: string, kind: ServedKind): Served {
  const found = find(served, id);
  const own = servedKind(found.pool.model);
  if (own === kind) return found;
  throw new RequestError(400, `${id} ${ABILITIES[own][0]} and ${ABILITIES[kind][1]}`, {
    apiCode: 'model_not_supported',
    param: 'model',
  });
}

function modelOf([id, { pool }]: readonly [string, Served], created: number) {
  const { kind, contextLength, embeddingSize } = pool.model;
  return {
    id,
    object: 'model',
    created,
    owned_by: 'headwise',
    // Not of OpenAI's API.
    kind,
    ...(contextLength !== undefined && { context_length: contextLength }),
    ...(embeddingSize !== undefined && { embedding_size: embeddingSize }),
  };
}

function errorResponse(error: unknown, context: Context<Env>, log: Logger): Response {
  const known =
    error instanceof RequestError
      ? error
      : new RequestError(500, 'internal error', { apiCode: 'internal_error' });
  if (known.status === 500) log.error({ err: error, requestId: context.get('record').id }, 'request failed');
  else context.get('record').error = known.message;
  const headers = new Headers({ 'content-type': 'application/json' });
  if (known.retryAfter !== undefined) headers.set('retry-after', String(known.retryAfter));
  if (known.status === 401) headers.set('www-authenticate', 'Bearer');
  if (known.allow !== undefined) headers.set('allow', known.allow);
  return new Response(JSON.stringify(known), { status: known.status, headers });
}
