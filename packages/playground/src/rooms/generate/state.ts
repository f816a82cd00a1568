import { choiceField, type Field, numberField, type ValuesOf } from '../../app/url-schema.ts';

/** The models that write. */
export const WRITERS = ['gpt-mini', 'stories15m'] as const;

/** Most tokens after a prompt. Models end before at the end of their context. */
export const MAX_TOKENS = 256;

/** A place after the prompt where a reader chose a token, and that token's id. */
export type Choice = readonly [place: number, id: number];

/** The heads whose attention is shown: one, or the average of a layer. */
export interface HeadChoice {
  readonly layer: number;
  /** Undefined for the average of the layer. */
  readonly head: number | undefined;
}

/** Undefined until the visitor types: then the room shows an example in the visitor's language. */
const promptField: Field<string | undefined> = {
  key: 'p',
  default: undefined,
  parse: (text) => text,
  print: (text) => text ?? '',
};

/** `4.278,9.31`: at place 4 after the prompt the token 278, at place 9 the token 31. */
const branchField: Field<readonly Choice[]> = {
  key: 'b',
  default: [],
  parse(text) {
    const choices = text === '' ? [] : text.split(',').map((part) => /^(\d{1,3})\.(\d{1,6})$/.exec(part));
    if (choices.includes(null)) return undefined;
    return choices.map((match) => [Number(match![1]), Number(match![2])] as const);
  },
  print: (choices) => choices.map(([place, id]) => `${place}.${id}`).join(','),
};

/** `3` for the average of layer 3, `3.1` for its head 1. */
const headField: Field<HeadChoice> = {
  key: 'h',
  default: { layer: 0, head: undefined },
  parse(text) {
    const [, layer, head] = /^(\d{1,2})(?:\.(\d{1,2}))?$/.exec(text) ?? [];
    return layer === undefined
      ? undefined
      : { layer: Number(layer), head: head === undefined ? undefined : Number(head) };
  },
  print: ({ layer, head }) => (head === undefined ? `${layer}` : `${layer}.${head}`),
};

/** What the address of Generate holds: all that a text depends on. */
export const schema = {
  model: choiceField('m', WRITERS, 'gpt-mini', { push: true }),
  prompt: promptField,
  temperature: numberField('T', 0.8, { min: 0, max: 2 }),
  topK: numberField('k', 40, { min: 0, max: 1000, integer: true }),
  topP: numberField('P', 1, { min: 0.05, max: 1 }),
  minP: numberField('mp', 0, { min: 0, max: 1 }),
  seed: numberField('s', 7, { min: 0, max: 2 ** 32 - 1, integer: true }),
  /** Most tokens to write. */
  count: numberField('n', 0, { min: 0, max: MAX_TOKENS, integer: true }),
  branch: branchField,
  heads: headField,
};

export type GenerateValues = ValuesOf<typeof schema>;
