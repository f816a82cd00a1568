// The entry `@headwise/core/train`: gradients, losses, optimisers, and tokenizer training. Only apps that train bundle it.
export * from './train/index.ts';
export * from './train/tokenizers/index.ts';
