import { en } from './en.ts';
import { ko } from './ko.ts';
import type { Messages } from './messages.ts';

/** The languages of the interface. */
export type Language = 'en' | 'ko';

/** The messages of every language; the types require every message in both. */
export const DICTIONARIES: Readonly<Record<Language, Messages>> = { en, ko };

function languageOf(tag: string): Language | undefined {
  const language = tag.toLowerCase().split('-')[0];
  return language === 'en' || language === 'ko' ? language : undefined;
}

/** The stored language, else the first supported one of the browser's languages, else English. */
export function pickLanguage(stored: string | undefined, browserLanguages: readonly string[]): Language {
  const storedLanguage = stored === undefined ? undefined : languageOf(stored);
  if (storedLanguage) return storedLanguage;
  for (const tag of browserLanguages) {
    const language = languageOf(tag);
    if (language) return language;
  }
  return 'en';
}
