/**
 * The entry `@headwise/server`: models over HTTP.
 *
 * @module index
 */
export type { ModelToServe, ServiceOptions } from './options.ts';
export { type RunningServer, type ServerOptions, startServer } from './server.ts';
export { createService, type Service } from './service.ts';
