import type { ChapterId, LoadChapter } from './chapter.ts';

/** The code of each chapter. */
export const CHAPTERS: Readonly<Record<ChapterId, LoadChapter>> = {
  'one-vector': () => import('./chapters/OneVector.svelte'),
  'looking-back': () => import('./chapters/LookingBack.svelte'),
  'query-key-value': () => import('./chapters/QueryKeyValue.svelte'),
  softmax: () => import('./chapters/Softmax.svelte'),
  context: () => import('./chapters/Context.svelte'),
  'self-attention': () => import('./chapters/SelfAttention.svelte'),
  'many-heads': () => import('./chapters/ManyHeads.svelte'),
  positions: () => import('./chapters/Positions.svelte'),
  'encoder-decoder': () => import('./chapters/EncoderDecoder.svelte'),
  bert: () => import('./chapters/Bert.svelte'),
  gpt: () => import('./chapters/Gpt.svelte'),
  t5: () => import('./chapters/T5.svelte'),
  learning: () => import('./chapters/Learning.svelte'),
  metrics: () => import('./chapters/Metrics.svelte'),
};
