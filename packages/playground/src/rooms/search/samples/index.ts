import en from './en.md?raw';
import ko from './ko.md?raw';

export { QUESTIONS } from './questions.ts';

/** Our own summary of how attention came about, in both languages. */
export const SAMPLES = { en, ko } as const;
