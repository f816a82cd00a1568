import type { Language } from '../../app/i18n/index.ts';
import type { LearnMessages } from './messages.ts';

/** The longest catalogue of the page, and part of what it shows first: each language is fetched when it is needed. */
const LOADERS: Readonly<Record<Language, () => Promise<LearnMessages>>> = {
  en: async () => (await import('./en.ts')).en,
  ko: async () => (await import('./ko.ts')).ko,
};

let loaded = $state.raw<Readonly<Partial<Record<Language, LearnMessages>>>>({});

export async function loadTexts(language: Language): Promise<void> {
  if (loaded[language]) return;
  const texts = await LOADERS[language]();
  loaded = { ...loaded, [language]: texts };
}

/** The texts in a language; until they are there, in the other one. To be called after one of them was loaded. */
export function textsOf(language: Language): LearnMessages {
  return loaded[language] ?? Object.values(loaded)[0]!;
}
