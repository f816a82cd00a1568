import type { Component } from 'svelte';
import type { UrlState } from '../../app/url-state.svelte.ts';
import type { LearnMessages } from './messages.ts';
import type { schema } from './state.ts';

/** What the component of a chapter is given. */
export interface ChapterProps {
  readonly t: LearnMessages;
  readonly url: UrlState<typeof schema>;
}

interface ChapterModule {
  readonly default: Component<ChapterProps>;
}

/** The chapters in their order, by the part of the address. The code of each is loaded when it is opened. */
export const CHAPTERS = {
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
} as const satisfies Readonly<Record<string, () => Promise<ChapterModule>>>;

export type ChapterId = keyof typeof CHAPTERS;

export const CHAPTER_IDS = Object.keys(CHAPTERS) as readonly ChapterId[];

/** The chapter of an address; undefined for the first page. */
export function chapterOf(part: string): ChapterId | undefined {
  return CHAPTER_IDS.find((id) => id === part);
}
