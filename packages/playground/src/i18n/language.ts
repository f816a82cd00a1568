/** The languages that the interface speaks. */
export type Language = 'en' | 'ko';

function known(tag: string): Language | undefined {
  const language = tag.toLowerCase().split('-')[0];
  return language === 'en' || language === 'ko' ? language : undefined;
}

/** The language remembered from an earlier visit, else the first of the browser's that is known, else English. */
export function pickLanguage(remembered: string | undefined, wanted: readonly string[]): Language {
  const chosen = remembered === undefined ? undefined : known(remembered);
  if (chosen) return chosen;
  for (const tag of wanted) {
    const language = known(tag);
    if (language) return language;
  }
  return 'en';
}
