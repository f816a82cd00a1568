import type { Component } from 'svelte';
import type { UrlState } from '../../app/url-state.svelte.ts';
import type { LearnMessages } from './messages.ts';
import type { schema } from './state.ts';

/** What the component of a chapter is given. */
export interface ChapterProps {
  readonly t: LearnMessages;
  readonly url: UrlState<typeof schema>;
}

/** Loads the code of a chapter when it is opened. */
export type LoadChapter = () => Promise<{ readonly default: Component<ChapterProps> }>;

/** The chapters in their order: parts of the address, and names of their texts. */
export const CHAPTER_IDS = [
  'one-vector',
  'looking-back',
  'query-key-value',
  'softmax',
  'context',
  'self-attention',
  'many-heads',
  'positions',
  'encoder-decoder',
  'bert',
  'gpt',
  't5',
  'learning',
  'metrics',
] as const;

export type ChapterId = (typeof CHAPTER_IDS)[number];

/** The chapter of an address; undefined for the first page. */
export function chapterOf(part: string): ChapterId | undefined {
  return CHAPTER_IDS.find((id) => id === part);
}
