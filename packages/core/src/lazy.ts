// The entry `@headwise/core/lazy`: encoders that compute before all of their weights have come.

export { loadLazyEncoder } from './lazy/lazy-encoder.ts';
