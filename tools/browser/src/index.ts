export { findBrowser } from './find-browser.ts';
export { findFirefox, findFirefoxIfAny } from './firefox.ts';
export { launchBrowser } from './launch.ts';
export type { StaticServer, StaticServerOptions } from './static-server.ts';
export { serveDirectory } from './static-server.ts';
export type { BrowserProgram } from './unpack-chromium.ts';
