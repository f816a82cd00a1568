import { type Ending, specialTokens } from '../text/bounded-template.ts';
import { flag } from '../text/config-flag.ts';
import { isObject, tokenizerError } from '../text/json/component.ts';

export { boundedTemplate, type Ending } from '../text/bounded-template.ts';
export { flag } from '../text/config-flag.ts';

export type Json = Readonly<Record<string, unknown>>;

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
    special_tokens: specialTokens(tokens),
  };
}

/** A special token's text: the value itself, or its `content`. */
export function contentOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return isObject(value) && typeof value.content === 'string' ? value.content : undefined;
}

/** A named special token and its id. Throws `FormatError` if it has none. */
export function requireToken(options: Json, name: string, ids: ReadonlyMap<string, number>): Ending {
  const token = contentOf(options[name]);
  if (token === undefined) throw tokenizerError(`tokenizer_config.json must not leave out ${name}`);
  const id = ids.get(token);
  if (id !== undefined) return { token, id };
  throw tokenizerError(`${name} ${JSON.stringify(token)} is not in the vocabulary`);
}

/** The post-processor of a class without one of its own: `add_bos_token` and `add_eos_token` of tokenizer_config.json decide. */
export function bosEosTemplate(options: Json, token: (role: string) => Ending): object | null {
  const ending = (role: 'bos' | 'eos') =>
    flag(options, `add_${role}_token`, false) && options[`${role}_token`] != null ? token(role) : undefined;
  return templateOf(ending('bos'), ending('eos'));
}

/** `A last`, and `A last B last` for a pair. */
export function afterEach({ token, id }: Ending): object {
  const special = { SpecialToken: { id: token, type_id: 0 } };
  const text = (name: string) => ({ Sequence: { id: name, type_id: 0 } });
  return {
    type: 'TemplateProcessing',
    single: [text('A'), special],
    pair: [text('A'), special, text('B'), special],
    special_tokens: specialTokens([{ token, id }]),
  };
}

/** `…first A …last`, and `…first A B …last` for a pair. */
export function afterPair(first: readonly Ending[], last: readonly Ending[]): object {
  const special = ({ token }: Ending) => ({ SpecialToken: { id: token, type_id: 0 } });
  const around = (...texts: readonly string[]) => [
    ...first.map(special),
    ...texts.map((id) => ({ Sequence: { id, type_id: 0 } })),
    ...last.map(special),
  ];
  return {
    type: 'TemplateProcessing',
    single: around('A'),
    pair: around('A', 'B'),
    special_tokens: specialTokens([...first, ...last]),
  };
}

/** RoBERTa's post-processor. */
export function robertaProcessing(
  cls: Ending,
  sep: Ending,
  trim_offsets: boolean,
  add_prefix_space: boolean,
): object {
  return {
    type: 'RobertaProcessing',
    sep: [sep.token, sep.id],
    cls: [cls.token, cls.id],
    trim_offsets,
    add_prefix_space,
  };
}
