import { type Component, show } from '../json/component.ts';

/** Tokens with what the post-processor assigns to them. All arrays have one entry per token. */
export interface Tokens {
  ids: number[];
  tokens: string[];
  /** Start of each token in its text, in UTF-16 units. */
  starts: number[];
  ends: number[];
  typeIds: number[];
  /** The text of each token: 0 for the first, 1 for the second, −1 for an added special token. */
  sequenceIds: number[];
  /** The text that the offsets refer to. */
  readonly text: string;
}

/** A special token that a post-processor adds. */
export type AddedSpecial = readonly [token: string, id: number];

/** Whether a value of JSON is an id that a tokenizer may have. */
export const isId = (value: unknown): value is number =>
  Number.isInteger(value) && (value as number) >= 0 && (value as number) < 2 ** 31;

/** Special tokens, with one type id. */
export function specialTokens(added: readonly AddedSpecial[], typeId: number): Tokens {
  const zeros = () => added.map(() => 0);
  return {
    ids: added.map(([, id]) => id),
    tokens: added.map(([token]) => token),
    starts: zeros(),
    ends: zeros(),
    typeIds: added.map(() => typeId),
    sequenceIds: added.map(() => -1),
    text: '',
  };
}

/** The token and its id in a field of a component. Throws `FormatError`. */
export function readSpecial(component: Component, name: string): AddedSpecial {
  const value = component.value(name);
  if (Array.isArray(value) && value.length === 2 && typeof value[0] === 'string' && isId(value[1]))
    return value as unknown as AddedSpecial;
  throw component.error(name, `must be a token and its id, a whole number from 0 on, got ${show(value)}`);
}
