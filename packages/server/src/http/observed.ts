import { randomUUID } from 'node:crypto';
import type { MiddlewareHandler } from 'hono';
import type { Logger } from 'pino';
import type { Metrics } from './metrics.ts';

/** What the log says of a request. Texts and keys are not logged. */
export interface RequestRecord {
  readonly id: string;
  model?: string;
  promptTokens?: number;
  completionTokens?: number;
  /** Why it was refused. */
  error?: string;
}

/** Logs and counts each request when its response has ended; a stream ends with its last event, or when its client goes. */
export function observed(
  log: Logger,
  metrics: Metrics,
): MiddlewareHandler<{ Variables: { record: RequestRecord } }> {
  return async (context, next) => {
    const startedAt = performance.now();
    const given = context.req.header('x-request-id');
    // Ids of others are kept if they are harmless in a log.
    const record: RequestRecord = { id: given && /^[\w.-]{1,64}$/.test(given) ? given : randomUUID() };
    context.set('record', record);
    await next();
    const { res, req } = context;
    res.headers.set('x-request-id', record.id);
    const end = () => {
      const seconds = (performance.now() - startedAt) / 1000;
      // Paths of requests are endless, those of the service are not.
      metrics.request(
        res.status === 404 ? 'other' : req.path.replace(/^(\/v1\/models)\/.*/, '$1/:id'),
        res.status,
        seconds,
      );
      log.info({ ...record, method: req.method, path: req.path, status: res.status, seconds }, 'request');
    };
    if (res.headers.get('content-type')?.startsWith('text/event-stream') && res.body)
      context.res = new Response(whenEnded(res.body, end), res);
    else end();
  };
}

/** The same bytes; calls `end` once after the last, or when the reader goes. */
function whenEnded(body: ReadableStream<Uint8Array>, end: () => void): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done, value } = await reader.read();
          if (!done) return controller.enqueue(value);
          end();
          controller.close();
        } catch (error) {
          end();
          controller.error(error);
        }
      },
      async cancel(reason) {
        end();
        await reader.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
}
