/** A special token at an end of a text. */
export interface Ending {
  readonly token: string;
  readonly id: number;
}

/** `first A last`, and `first A …middle B last` for a pair, whose second text and last token have type `secondType`. */
export function boundedTemplate(
  first: Ending,
  last: Ending,
  middle: number,
  secondType: number,
): Readonly<Record<string, unknown>> {
  const special = ({ token }: Ending, type_id: number) => ({ SpecialToken: { id: token, type_id } });
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
    special_tokens: specialTokens([first, last]),
  };
}

/** The tokens of a template, by their texts. */
export const specialTokens = (tokens: readonly Ending[]) =>
  Object.fromEntries(tokens.map(({ token, id }) => [token, { id: token, ids: [id], tokens: [token] }]));
