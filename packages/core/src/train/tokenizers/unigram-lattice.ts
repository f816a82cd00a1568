import type { Substring } from './substrings.ts';
import type { TrainingControl } from './training-control.ts';
import type { UnigramCorpus } from './unigram-corpus.ts';
import { UNK_PIECE } from './unigram-pieces.ts';

/** A segmentation and its log-probability. */
export interface Segmentation {
  /** Indices of the pieces, from first to last. */
  readonly pieces: readonly number[];
  readonly score: number;
}

/**
 * All occurrences of pieces in the words of a corpus. Each position has a list of edges, by ascending length; the first is the character
 * by itself, as the unknown piece if it is no piece.
 */
export class UnigramLattice {
  readonly #corpus: UnigramCorpus;
  /** First edge of each position `[positions + 1]`. */
  readonly #edgeStarts: Int32Array;
  readonly #edgePieces: Int32Array;
  readonly #edgeLengths: Uint8Array;
  // Scratch space for one word, by the offset from its first character.
  readonly #forward: Float64Array;
  readonly #backward: Float64Array;
  readonly #bestEdge: Int32Array;

  /** `edgeStarts`: the number of edges before each position `[positions + 1]`. */
  private constructor(corpus: UnigramCorpus, edgeStarts: Int32Array) {
    this.#corpus = corpus;
    this.#edgeStarts = edgeStarts;
    this.#edgePieces = new Int32Array(edgeStarts.at(-1)!);
    this.#edgeLengths = new Uint8Array(this.#edgePieces.length);
    let longest = 0;
    for (let word = 0; word < corpus.counts.length; word++)
      longest = Math.max(longest, corpus.starts[word + 1]! - corpus.starts[word]!);
    this.#forward = new Float64Array(longest + 1);
    this.#backward = new Float64Array(longest + 1);
    this.#bestEdge = new Int32Array(longest + 1);
  }

  /** `occurrences`: the pieces with the ranges of `order` that hold their positions; all characters are among them. */
  static async create(
    corpus: UnigramCorpus,
    order: Int32Array,
    occurrences: readonly (Substring & { readonly piece: number })[],
    control: TrainingControl,
  ): Promise<UnigramLattice> {
    const starts = new Int32Array(corpus.codes.length + 1);
    for (const { start, end, piece } of occurrences) {
      for (let i = start; i < end; i++) starts[order[i]! + 1]!++;
      if (piece % 1024 === 0 && control.due) await control.pause();
    }
    for (let i = 1; i < starts.length; i++) starts[i]! += starts[i - 1]!;
    const lattice = new UnigramLattice(corpus, starts);
    const next = starts.slice();
    await control.pause();
    for (const { start, end, length, piece } of occurrences.toSorted((a, b) => a.length - b.length)) {
      for (let i = start; i < end; i++) {
        const edge = next[order[i]!]!++;
        lattice.#edgePieces[edge] = piece;
        lattice.#edgeLengths[edge] = length;
      }
      if (piece % 1024 === 0 && control.due) await control.pause();
    }
    return lattice;
  }

  /** Renumbers pieces; those with index −1 are removed. */
  async renumber(indices: Int32Array, control: TrainingControl): Promise<void> {
    const [starts, pieces, lengths] = [this.#edgeStarts, this.#edgePieces, this.#edgeLengths];
    let write = 0;
    let read = 0;
    for (let position = 0; position + 1 < starts.length; position++) {
      if (position % 16_384 === 0 && control.due) await control.pause();
      starts[position] = write;
      for (const end = starts[position + 1]!; read < end; read++) {
        const index = indices[pieces[read]!]!;
        if (index < 0 && lengths[read] !== 1) continue;
        pieces[write] = index < 0 ? UNK_PIECE : index;
        lengths[write++] = lengths[read]!;
      }
    }
    starts[starts.length - 1] = write;
  }

  /** Adds the expected occurrences of each piece in a word, times the count of the word, to `expected` (forward–backward algorithm). */
  addExpectedCounts(word: number, scores: Float64Array, expected: Float64Array): void {
    const [starts, pieces, lengths] = [this.#edgeStarts, this.#edgePieces, this.#edgeLengths];
    const [forward, backward] = [this.#forward, this.#backward];
    const first = this.#corpus.starts[word]!;
    const length = this.#corpus.starts[word + 1]! - 1 - first;
    forward.fill(-Infinity, 0, length + 1);
    forward[0] = 0;
    for (let i = 0; i < length; i++)
      for (let edge = starts[first + i]!; edge < starts[first + i + 1]!; edge++) {
        const target = i + lengths[edge]!;
        forward[target] = logAddExp(forward[target]!, forward[i]! + scores[pieces[edge]!]!);
      }
    backward[length] = 0;
    const total = forward[length]!;
    const count = this.#corpus.counts[word]!;
    for (let i = length - 1; i >= 0; i--) {
      let sum = -Infinity;
      for (let edge = starts[first + i]!; edge < starts[first + i + 1]!; edge++) {
        const piece = pieces[edge]!;
        const score = scores[piece]!;
        const rest = backward[i + lengths[edge]!]!;
        sum = logAddExp(sum, score + rest);
        expected[piece]! += count * Math.exp(forward[i]! + score + rest - total);
      }
      backward[i] = sum;
    }
  }

  /** The most probable segmentation of a word (Viterbi algorithm). */
  bestSegmentation(word: number, scores: Float64Array): Segmentation {
    const first = this.#corpus.starts[word]!;
    return this.#viterbi(first, this.#corpus.starts[word + 1]! - 1 - first, scores, Infinity);
  }

  /** The most probable segmentation of `length` characters from `position` into at least two pieces, for `length` ≥ 2. */
  bestSplit(position: number, length: number, scores: Float64Array): Segmentation {
    return this.#viterbi(position, length, scores, length - 1);
  }

  #viterbi(first: number, length: number, scores: Float64Array, maxLength: number): Segmentation {
    const [starts, pieces, lengths] = [this.#edgeStarts, this.#edgePieces, this.#edgeLengths];
    const [best, bestEdge] = [this.#forward, this.#bestEdge];
    best.fill(-Infinity, 0, length + 1);
    best[0] = 0;
    for (let i = 0; i < length; i++)
      for (let edge = starts[first + i]!; edge < starts[first + i + 1]!; edge++) {
        const target = i + lengths[edge]!;
        if (target > length || lengths[edge]! > maxLength) break;
        const score = best[i]! + scores[pieces[edge]!]!;
        if (score > best[target]!) {
          best[target] = score;
          bestEdge[target] = edge;
        }
      }
    const path: number[] = [];
    for (let end = length; end > 0; end -= lengths[bestEdge[end]!]!) path.push(pieces[bestEdge[end]!]!);
    return { pieces: path.reverse(), score: best[length]! };
  }
}

/** log(exp(a) + exp(b)). */
function logAddExp(a: number, b: number): number {
  const greater = Math.max(a, b);
  const difference = Math.min(a, b) - greater;
  return difference > -50 ? greater + Math.log(Math.exp(difference) + 1) : greater;
}
