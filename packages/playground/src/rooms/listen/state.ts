import { choiceField, type Field, numberField, type ValuesOf } from '../../app/url-schema.ts';
import type { UrlState } from '../../app/url-state.svelte.ts';
import type { HeadChoice } from '../../engine/listen/maps.ts';
import type { HeadId } from '../../lib/heads.ts';

/** The sounds that the page brings along. */
export const SAMPLE_IDS = ['apollo', 'korean'] as const;
export type SampleId = (typeof SAMPLE_IDS)[number];

/** Languages that the reader can name; the model knows more, which it recognises by itself. */
export const LANGUAGES = ['en', 'ko', 'ja', 'zh', 'de', 'fr', 'es'] as const;

const HEAD = /^(\d{1,2})\.(\d{1,2})$/;
const parseHead = (text: string): HeadId | undefined => {
  const [, layer, head] = HEAD.exec(text) ?? [];
  return layer === undefined ? undefined : { layer: Number(layer), head: Number(head) };
};
const printHead = ({ layer, head }: HeadId): string => `${layer}.${head}`;

const choice: Field<HeadChoice> = {
  key: 'h',
  default: 'mean',
  parse: (text) => (text === 'mean' ? text : parseHead(text)),
  print: (value) => (value === 'mean' ? value : printHead(value)),
};

/** `2.3,3.1`: heads that are silenced. */
const silenced: Field<readonly HeadId[]> = {
  key: 'x',
  default: [],
  parse(text) {
    const heads = text === '' ? [] : text.split(',').map(parseHead);
    return heads.includes(undefined) ? undefined : (heads as HeadId[]);
  },
  print: (heads) => heads.map(printHead).join(','),
};

/** What the address of Listen holds. Sounds of the reader's are not in it. */
export const schema = {
  sample: choiceField('s', ['auto', ...SAMPLE_IDS], 'auto', { push: true }),
  /** `auto`: that of the sample; of other sounds the likeliest, as with `detect`. */
  language: choiceField('lang', ['auto', 'detect', ...LANGUAGES], 'auto'),
  /** The word that is looked at; −1 for none. */
  word: numberField('w', -1, { min: -1, max: 9999, integer: true }),
  choice,
  silenced,
  /** The 20 ms of sound whose number is taken apart; −1 for none. */
  why: numberField('why', -1, { min: -1, max: 1499, integer: true }),
};

export type ListenUrl = UrlState<typeof schema>;
export type ListenValues = ValuesOf<typeof schema>;
export type LanguageChoice = ListenValues['language'];
