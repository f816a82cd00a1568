import { readSourceJson } from '../sources.ts';

/** A table of names by code, in both languages: the pairs of codes that both have. */
function* matching(
  english: Readonly<Record<string, string | undefined>>,
  korean: Readonly<Record<string, string | undefined>>,
): Generator<readonly [english: string, korean: string]> {
  for (const [code, name] of Object.entries(english))
    if (name !== undefined && korean[code] !== undefined) yield [name, korean[code]];
}

interface Annotations {
  readonly annotations: Readonly<Record<string, { readonly tts?: readonly string[] }>>;
}

const spoken = ({ annotations }: Annotations) =>
  Object.fromEntries(Object.entries(annotations).map(([character, { tts }]) => [character, tts?.[0]]));

/** The names of emoji and symbols (Unicode CLDR, Unicode-3.0), the composed ones too: waving hand: light skin tone. */
export function* annotations(): Generator<readonly [english: string, korean: string]> {
  for (const name of ['annotations', 'annotationsDerived'] as const) {
    const pack = name === 'annotations' ? 'cldr-annotations-full' : 'cldr-annotations-derived-full';
    const read = (language: string) =>
      spoken(readSourceJson<Record<string, Annotations>>(pack, name, language, 'annotations.json')[name]!);
    yield* matching(read('en'), read('ko'));
  }
}

/** The names of languages, countries and scripts (Unicode CLDR, Unicode-3.0). */
export function* localeNames(): Generator<readonly [english: string, korean: string]> {
  for (const kind of ['languages', 'territories', 'scripts'] as const) {
    const read = (language: string) =>
      readSourceJson<{
        main: Record<string, { localeDisplayNames: Record<string, Record<string, string>> }>;
      }>('cldr-localenames-full', 'main', language, `${kind}.json`).main[language]!.localeDisplayNames[kind]!;
    yield* matching(read('en'), read('ko'));
  }
}
