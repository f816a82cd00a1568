import type { en } from './en.ts';

/** The texts of Learn. Those of a chapter are under its id. */
export type LearnMessages = typeof en;
