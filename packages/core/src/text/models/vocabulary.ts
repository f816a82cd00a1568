import { ConfigError } from '../../errors.ts';
import { type Component, show } from '../json/component.ts';

/** Largest number of ids. It bounds what an id in a file can allocate. */
const MAX_ID = 2 ** 24;

/** Tokens and their ids, from the object `vocab`. */
export class Vocabulary {
  readonly ids = new Map<string, number>();
  readonly tokens: (string | undefined)[] = [];
  /** Length of the longest token in UTF-16 units. */
  readonly maxLength: number;

  constructor(entries: Iterable<readonly [token: string, id: number]>) {
    let maxLength = 0;
    for (const [token, id] of entries) {
      this.ids.set(token, id);
      this.tokens[id] = token;
      if (token.length > maxLength) maxLength = token.length;
    }
    this.maxLength = maxLength;
  }

  get size(): number {
    return this.ids.size;
  }

  get idLimit(): number {
    return this.tokens.length;
  }

  tokenToId = (token: string): number | undefined => this.ids.get(token);

  idToToken = (id: number): string | undefined => this.tokens[id];
}

/** The vocabulary of a model of tokenizer.json. Throws `FormatError` for an id that is not one. */
export function readVocabulary(component: Component): Vocabulary {
  const entries = Object.entries(component.object('vocab'));
  for (const [token, id] of entries) {
    if (!(Number.isInteger(id) && (id as number) >= 0 && (id as number) < MAX_ID))
      throw component.error(
        'vocab',
        `must have ids from 0 to ${MAX_ID - 1}, got ${show(id)} for ${JSON.stringify(token)}`,
      );
  }
  const vocabulary = new Vocabulary(entries as [string, number][]);
  // Not of tokenizer.json: tokens that a GGUF file has twice, by the ids that are not used for encoding.
  const duplicates = component.value('duplicate_tokens') ?? {};
  for (const [id, token] of Object.entries(duplicates)) {
    if (typeof token !== 'string' || !(Number(id) >= 0 && Number(id) < MAX_ID))
      throw component.error('duplicate_tokens', 'must have tokens by ids');
    vocabulary.tokens[Number(id)] = token;
  }
  return vocabulary;
}

/** The error for a word that a model has no token for. */
export function unknownWord(token: string | undefined, text: string): ConfigError {
  const shown = JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
  return new ConfigError(
    token === undefined
      ? `encode: the vocabulary has no token for ${shown}, and the model no unknown token`
      : `encode: the vocabulary has no token for ${shown}, nor the unknown token ${JSON.stringify(token)}`,
  );
}
