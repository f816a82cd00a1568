import { type MergeCandidate, MergeQueue, type SymbolPair } from './merge-queue.ts';
import { type SymbolizedWords, type SymbolSettings, startVocabulary, symbolizeWords } from './symbols.ts';
import type { TrainingControl } from './training-control.ts';

export interface MergeSettings extends SymbolSettings {
  readonly vocabSize: number;
  /** Smallest count of a pair that is merged. */
  readonly minFrequency: number;
  /** Tokens made by a merge are shorter than this plus one character. Default: no limit. */
  readonly maxTokenLength?: number | undefined;
}

export interface LearnedMerges {
  /** Tokens in the order of their ids. */
  readonly tokens: readonly string[];
  /** Merged pairs, in the order in which tokenization applies them. */
  readonly merges: readonly (readonly [string, string])[];
}

/** Ids are below this, so that a pair is one exact number. */
const MAX_IDS = 2 ** 26;

/**
 * Byte-pair encoding (Sennrich et al. 2016): merges the most frequent pair of adjacent symbols until the vocabulary has `vocabSize`
 * tokens. Of equally frequent pairs the one with the smaller ids is merged. Counts are updated only in the words that contain the merged
 * pair, as in the trainer of Hugging Face's tokenizers, whose results these are.
 */
export async function learnMerges(
  words: ReadonlyMap<string, number>,
  settings: MergeSettings,
  control: TrainingControl,
): Promise<LearnedMerges> {
  const { vocabSize, minFrequency } = settings;
  const vocabulary = await startVocabulary(words, settings, control);
  const symbolized = await symbolizeWords(words, vocabulary, settings, control);
  const corpus = new PairCounter(symbolized, settings.maxTokenLength);
  const queue = new MergeQueue();
  await control.pause();
  await corpus.countPairs(control);
  for (const candidate of corpus.takeCandidates()) queue.push(candidate);
  const merges: SymbolPair[] = [];
  while (vocabulary.size < vocabSize) {
    const top = queue.pop();
    if (!top) break;
    if (top.count !== top.pair.count) {
      // The count has fallen since the pair was queued.
      top.count = top.pair.count;
      queue.push(top);
      continue;
    }
    if (top.count < Math.max(1, minFrequency)) break;
    const { left, right } = top.pair;
    const [first, second] = [vocabulary.tokens[left]!, vocabulary.tokens[right]!];
    const token = vocabulary.add(first + withoutPrefix(second, settings.continuingSubwordPrefix));
    merges.push(top.pair);
    corpus.merge(top, token);
    for (const candidate of corpus.takeCandidates()) queue.push(candidate);
    if (control.due) await control.pause({ stage: 'merges', done: vocabulary.size, total: vocabSize });
  }
  await control.pause({ stage: 'merges', done: vocabulary.size, total: vocabSize });
  return { tokens: vocabulary.tokens, merges: pairsOf(merges, vocabulary.tokens) };
}

const withoutPrefix = (token: string, prefix: string) =>
  token.startsWith(prefix) ? token.slice(prefix.length) : token;

/**
 * A pair can be merged again when two merges make the same token. Its last position counts, as in the Rust library, where each pair has
 * one rank.
 */
function pairsOf(merges: readonly SymbolPair[], tokens: readonly string[]): [string, string][] {
  const last = new Map(merges.map((pair, i) => [pair, i]));
  return merges
    .filter((pair, i) => last.get(pair) === i)
    .map(({ left, right }) => [tokens[left]!, tokens[right]!]);
}

/** The symbols of all words and the counts of their pairs. */
class PairCounter {
  readonly #symbols: Int32Array;
  readonly #starts: Int32Array;
  /** Number of symbols of each word; merges reduce it. */
  readonly #lengths: Int32Array;
  readonly #counts: Float64Array;
  readonly #pairs = new Map<number, SymbolPair>();
  /** Pairs with pending words. */
  #touched: SymbolPair[] = [];
  /** Characters of each symbol; 1 unless it was merged. */
  readonly #characters: number[] = [];
  readonly #maxTokenLength: number;

  constructor({ symbols, starts, counts }: SymbolizedWords, maxTokenLength = Infinity) {
    this.#symbols = symbols;
    this.#starts = starts;
    this.#lengths = Int32Array.from(counts, (_, i) => starts[i + 1]! - starts[i]!);
    this.#counts = counts;
    this.#maxTokenLength = maxTokenLength;
  }

  async countPairs(control: TrainingControl): Promise<void> {
    for (let word = 0; word < this.#counts.length; word++) {
      const end = this.#starts[word + 1]! - 1;
      for (let i = this.#starts[word]!; i < end; i++)
        this.#add(this.#symbols[i]!, this.#symbols[i + 1]!, word);
      if (word % 1024 === 0 && control.due) await control.pause();
    }
  }

  /** Pairs that have appeared since the last call. */
  takeCandidates(): MergeCandidate[] {
    const touched = this.#touched;
    this.#touched = [];
    return touched.flatMap((pair) => {
      const words = pair.pendingWords;
      pair.pendingWords = [];
      return pair.count > 0 ? [{ pair, count: pair.count, words }] : [];
    });
  }

  /** Replaces the pair by `token` in the candidate's words. */
  merge({ pair: { left, right }, words }: MergeCandidate, token: number): void {
    const symbols = this.#symbols;
    const characters = this.#charactersOf(left) + this.#charactersOf(right);
    this.#characters[token] = characters;
    for (const word of words) {
      const start = this.#starts[word]!;
      const end = start + this.#lengths[word]!;
      let write = start;
      for (let read = start; read < end; read++) {
        const symbol = symbols[read]!;
        if (symbol !== left || read + 1 >= end || symbols[read + 1] !== right) {
          symbols[write++] = symbol;
          continue;
        }
        if (write > start) this.#replace(symbols[write - 1]!, left, symbols[write - 1]!, token, word);
        if (read + 2 < end) this.#replace(right, symbols[read + 2]!, token, symbols[read + 2]!, word);
        symbols[write++] = token;
        read++;
      }
      this.#lengths[word] = write - start;
    }
  }

  /** One occurrence of a pair becomes one of another pair, unless that would make too long a token. */
  #replace(oldLeft: number, oldRight: number, left: number, right: number, word: number): void {
    this.#pair(oldLeft, oldRight).count -= this.#counts[word]!;
    if (this.#charactersOf(left) + this.#charactersOf(right) < this.#maxTokenLength)
      this.#add(left, right, word);
  }

  #add(left: number, right: number, word: number): void {
    const pair = this.#pair(left, right);
    pair.count += this.#counts[word]!;
    const { pendingWords } = pair;
    if (pendingWords.length === 0) this.#touched.push(pair);
    // Words are visited in order, so a repeated word is the last one.
    if (pendingWords.at(-1) !== word) pendingWords.push(word);
  }

  #pair(left: number, right: number): SymbolPair {
    const key = left * MAX_IDS + right;
    let pair = this.#pairs.get(key);
    if (!pair) {
      pair = { left, right, count: 0, pendingWords: [] };
      this.#pairs.set(key, pair);
    }
    return pair;
  }

  #charactersOf(symbol: number): number {
    return this.#characters[symbol] ?? 1;
  }
}
