export { findBrowser } from './find.ts';
export { launchBrowser } from './launch.ts';
export type { BrowserProgram } from './program.ts';
export type { StaticServer, StaticServerOptions } from './static-server.ts';
export { serveDirectory } from './static-server.ts';
