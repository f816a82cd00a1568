export type { BrowserProgram } from './find.ts';
export { findBrowser } from './find.ts';
export { launchBrowser } from './launch.ts';
export type { StaticServer, StaticServerOptions } from './static-server.ts';
export { serveDirectory } from './static-server.ts';
