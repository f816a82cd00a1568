import { compareCodePoints } from './code-points.ts';
import type { TrainingControl } from './training-control.ts';

/** How words become symbols. */
export interface SymbolSettings {
  readonly specialTokens: readonly string[];
  readonly initialAlphabet: readonly string[];
  /** Largest number of characters; the rarest are left out. Default: all. */
  readonly limitAlphabet?: number | undefined;
  /** Put before each character that is not the first of its word. */
  readonly continuingSubwordPrefix: string;
  /** Put after the last character of a word. */
  readonly endOfWordSuffix: string;
}

/** The symbols of all words, one word after another. */
export interface SymbolizedWords {
  /** Ids of the symbols `[symbols]`. */
  readonly symbols: Int32Array;
  /** Index of the first symbol of each word, and the end of the last `[words + 1]`. */
  readonly starts: Int32Array;
  /** Occurrences of each word in the corpus `[words]`. */
  readonly counts: Float64Array;
}

/** Tokens and their ids. */
export class Vocabulary {
  readonly tokens: string[] = [];
  readonly #ids = new Map<string, number>();

  get size(): number {
    return this.tokens.length;
  }

  idOf(token: string): number | undefined {
    return this.#ids.get(token);
  }

  /** The id of a token, which is added if it is new. */
  add(token: string): number {
    const known = this.#ids.get(token);
    if (known !== undefined) return known;
    this.#ids.set(token, this.tokens.length);
    return this.tokens.push(token) - 1;
  }
}

/**
 * Starts a vocabulary: special tokens, then characters by code point, then characters with prefix or suffix by code point. (The Rust
 * library adds the last group in the order of a hash table, which differs from run to run.)
 */
export async function startVocabulary(
  words: ReadonlyMap<string, number>,
  settings: SymbolSettings,
  control: TrainingControl,
): Promise<Vocabulary> {
  const vocabulary = new Vocabulary();
  for (const token of settings.specialTokens) vocabulary.add(token);
  for (const character of selectAlphabet(words, settings)) vocabulary.add(character);
  const affixed = new Set<string>();
  for (const word of words.keys()) {
    for (const symbol of symbolsOf(word, vocabulary, settings))
      if (vocabulary.idOf(symbol) === undefined) affixed.add(symbol);
    if (control.due) await control.pause();
  }
  for (const symbol of [...affixed].sort(compareCodePoints)) vocabulary.add(symbol);
  return vocabulary;
}

/** Splits words into symbols. Characters that are not in the vocabulary are left out. */
export async function symbolizeWords(
  words: ReadonlyMap<string, number>,
  vocabulary: Vocabulary,
  settings: SymbolSettings,
  control: TrainingControl,
): Promise<SymbolizedWords> {
  const symbols: number[] = [];
  const starts = new Int32Array(words.size + 1);
  const counts = new Float64Array(words.size);
  let index = 0;
  for (const [word, count] of words) {
    for (const symbol of symbolsOf(word, vocabulary, settings)) symbols.push(vocabulary.idOf(symbol)!);
    counts[index++] = count;
    starts[index] = symbols.length;
    if (control.due) await control.pause();
  }
  return { symbols: Int32Array.from(symbols), starts, counts };
}

/** The most frequent characters, by code point. Of equally frequent characters the lower code points are preferred. */
function selectAlphabet(
  words: ReadonlyMap<string, number>,
  { initialAlphabet, limitAlphabet = Infinity }: SymbolSettings,
): string[] {
  const counts = new Map<string, number>();
  for (const [word, count] of words)
    for (const character of word) counts.set(character, (counts.get(character) ?? 0) + count);
  for (const character of initialAlphabet) counts.set(character, Infinity);
  const characters = [...counts.keys()].sort(compareCodePoints);
  if (characters.length <= limitAlphabet) return characters;
  const frequencyOf = (character: string) => counts.get(character)!;
  return characters
    .toSorted((a, b) => (frequencyOf(a) === frequencyOf(b) ? 0 : frequencyOf(b) - frequencyOf(a)))
    .slice(0, limitAlphabet)
    .sort(compareCodePoints);
}

function symbolsOf(
  word: string,
  vocabulary: Vocabulary,
  { continuingSubwordPrefix, endOfWordSuffix }: SymbolSettings,
): string[] {
  const characters = [...word];
  const symbols: string[] = [];
  for (const [i, character] of characters.entries()) {
    if (vocabulary.idOf(character) === undefined) continue;
    const prefix = i > 0 ? continuingSubwordPrefix : '';
    symbols.push(prefix + character + (i === characters.length - 1 ? endOfWordSuffix : ''));
  }
  return symbols;
}
