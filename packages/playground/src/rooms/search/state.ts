import { choiceField, type Field, numberField, type ValuesOf } from '../../app/url-schema.ts';

/** The texts that the page brings along; `own` is one that the visitor wrote or opened. */
export type SampleId = 'en' | 'ko';

/** How passages are compared: by MiniLM's vectors, or by their letters. `auto`: by meaning, unless the text is in Korean. */
export const WAYS = ['meaning', 'letters'] as const;
export type Way = (typeof WAYS)[number];

/** Characters of the longest text that the address holds. */
export const MAX_SHARED = 4000;
/** Characters of the longest text that is searched. */
export const MAX_TEXT = 1_000_000;

/** Undefined until the visitor types. */
function typedField(key: string): Field<string | undefined> {
  return { key, default: undefined, parse: (text) => text, print: (text) => text ?? '' };
}

/** What the address of Search holds. Texts of files and long ones are not in it. */
export const schema = {
  sample: choiceField('s', ['auto', 'en', 'ko'], 'auto'),
  text: typedField('t'),
  query: typedField('q'),
  way: choiceField('by', ['auto', ...WAYS], 'auto'),
  /** The passage whose score is taken apart; −1 for none. */
  why: numberField('why', -1, { min: -1, max: MAX_TEXT, integer: true }),
};

export type SearchValues = ValuesOf<typeof schema>;
