export type { FileContent } from './memory.ts';
export type { FileProgress, ProgressEvent } from './progress.ts';
export { type ModelSource, openFileCache, resolveSource, type SourceOptions } from './resolve.ts';
export { configure, type Settings } from './settings.ts';
