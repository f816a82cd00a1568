import { characters } from '../../data/characters.ts';
import { documents } from '../../data/documents.ts';
import { type DataSet, hash, sides } from '../../data/split.ts';

export const languages = ['en', 'ko'] as const;
export type TextLanguage = (typeof languages)[number];

export type Corpus = Readonly<Record<TextLanguage, DataSet<string>>>;

/**
 * Texts to predict character by character: the real pairs' sides, the documentation and the Declaration of Human Rights. Of the last two, texts
 * that the pairs have on another side are left out.
 */
export async function corpus(): Promise<Corpus> {
  const of = async (language: TextLanguage): Promise<DataSet<string>> => {
    const lines = await characters(language);
    const known = new Set(sides.flatMap((side) => lines[side]));
    const more = documents(language);
    const join = (side: (typeof sides)[number]) => [
      ...lines[side],
      ...more[side].filter((text) => !known.has(text)),
    ];
    return { train: join('train'), validation: join('validation'), test: join('test') };
  };
  return { en: await of('en'), ko: await of('ko') };
}

/** A number that changes with the corpus: the documentation is part of it. */
export const corpusHash = (texts: Corpus): number =>
  hash(languages.flatMap((language) => sides.flatMap((side) => texts[language][side])).join('\n'));
