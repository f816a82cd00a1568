import { isObject, tokenizerError } from '../text/json/component.ts';

export type Json = Readonly<Record<string, unknown>>;

/** A special token at an end of a text. */
export interface Ending {
  readonly token: string;
  readonly id: number;
}

/** What stands around one text and around two. */
export function templateOf(first: Ending | undefined, last: Ending | undefined): object | null {
  if (!first && !last) return null;
  const special = (ending: Ending | undefined, type_id: number) =>
    ending ? [{ SpecialToken: { id: ending.token, type_id } }] : [];
  const around = (id: string, type_id: number) => [
    ...special(first, type_id),
    { Sequence: { id, type_id } },
    ...special(last, type_id),
  ];
  const tokens = [first, last].filter((ending) => ending !== undefined);
  return {
    type: 'TemplateProcessing',
    single: around('A', 0),
    pair: [...around('A', 0), ...around('B', 1)],
    special_tokens: Object.fromEntries(
      tokens.map(({ token, id }) => [token, { id: token, ids: [id], tokens: [token] }]),
    ),
  };
}

/** A special token's text: the value itself, or its `content`. */
export function contentOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return isObject(value) && typeof value.content === 'string' ? value.content : undefined;
}

/** A named special token and its id; `vocab` has the ids. Throws `FormatError` if it is not there. */
export function requireToken(options: Json, name: string, vocab: ReadonlyMap<string, number>): Ending {
  const token = contentOf(options[name]);
  if (token === undefined) throw tokenizerError(`tokenizer_config.json must not leave out ${name}`);
  const decoder = isObject(options.added_tokens_decoder) ? Object.entries(options.added_tokens_decoder) : [];
  const id = vocab.get(token) ?? decoder.find(([, value]) => contentOf(value) === token)?.[0];
  if (id !== undefined) return { token, id: Number(id) };
  throw tokenizerError(`${name} ${JSON.stringify(token)} is not in the vocabulary`);
}

/** The post-processor of a class without one of its own: `add_bos_token` and `add_eos_token` of tokenizer_config.json decide. */
export function bosEosTemplate(options: Json, vocab: ReadonlyMap<string, number>): object | null {
  const ending = (name: 'bos_token' | 'eos_token') =>
    flag(options, `add_${name}`, false) && options[name] != null
      ? requireToken(options, name, vocab)
      : undefined;
  return templateOf(ending('bos_token'), ending('eos_token'));
}

/** `first A last`, and `first A …middle B last` for a pair, whose second text and last token have type `secondType`. */
export function boundedTemplate(first: Ending, last: Ending, middle: number, secondType: number): Json {
  const special = ({ token }: { token: string }, type_id: number) => ({
    SpecialToken: { id: token, type_id },
  });
  const text = (id: string, type_id: number) => ({ Sequence: { id, type_id } });
  const single = [special(first, 0), text('A', 0), special(last, 0)];
  return {
    type: 'TemplateProcessing',
    single,
    pair: [
      ...single,
      ...Array.from({ length: middle }, () => special(last, 0)),
      text('B', secondType),
      special(last, secondType),
    ],
    special_tokens: Object.fromEntries(
      [first, last].map(({ token, id }) => [token, { id: token, ids: [id], tokens: [token] }]),
    ),
  };
}

/** A boolean of tokenizer_config.json. */
export function flag(options: Json, name: string, otherwise: boolean): boolean {
  const value = options[name] ?? otherwise;
  if (typeof value === 'boolean') return value;
  throw tokenizerError(`${name} in tokenizer_config.json must be a boolean, got ${JSON.stringify(value)}`);
}
