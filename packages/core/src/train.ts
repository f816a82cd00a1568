// The separate entry point `@headwise/core/train`: only apps that train bundle it.
export * from './train/tokenizers/index.ts';
