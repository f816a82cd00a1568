import type { MiddlewareHandler } from 'hono';
import { cors } from 'hono/cors';

/** Whether pages of an origin may use the service. */
export function isAllowed(origins: readonly string[], origin: string | undefined): boolean {
  return origin !== undefined && (origins.includes('*') || origins.includes(origin));
}

/** Answers what browsers ask before a page of another origin may send a request (CORS), and lets pages of these origins read the responses. */
export function originCheck(origins: readonly string[]): MiddlewareHandler {
  return cors({
    origin: (origin) => (isAllowed(origins, origin) ? origin : null),
    allowMethods: ['GET', 'POST'],
    exposeHeaders: ['x-request-id', 'retry-after'],
    maxAge: 3600,
  });
}
