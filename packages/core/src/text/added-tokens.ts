import { Component } from './json/component.ts';
import type { Model } from './models/index.ts';
import type { Normalizer } from './normalizers/index.ts';
import { type Piece, slicePiece, wholeText } from './pieces/alignment.ts';
import { WHITE_SPACE } from './unicode/categories.ts';
import { WORD_CLASS } from './unicode/words.ts';

/** A token that is found in a text before it is split into words. */
export interface AddedToken {
  readonly id: number;
  readonly content: string;
  /** Whether it is only found between characters that are not of a word. */
  readonly singleWord: boolean;
  /** Whether the white space before it belongs to it. */
  readonly lstrip: boolean;
  /** Whether the white space after it belongs to it. */
  readonly rstrip: boolean;
  /** Whether it is found in the normalized text, in its normalized form. */
  readonly normalized: boolean;
  readonly special: boolean;
}

/** A node of the trie of reversed tokens. */
interface Node {
  readonly children: Map<number, Node>;
  readonly depth: number;
  /** The longest other node that this one ends with. */
  suffix?: Node;
  /** The longest token that the node ends with, itself included. */
  token?: AddedToken;
  length: number;
}

const STARTS_WITH_WORD = new RegExp(`^${WORD_CLASS}`, 'v');
const ENDS_WITH_WORD = new RegExp(`${WORD_CLASS}$`, 'v');

/** Added tokens: `added_tokens` of tokenizer.json. */
export class AddedTokens {
  readonly byId = new Map<number, AddedToken>();
  readonly ids = new Map<string, number>();
  /** Contents of the special tokens. */
  readonly special = new Set<string>();
  /** Normalized contents that differ, by id: what is decoded. */
  readonly #normalized = new Map<number, string>();
  readonly #beforeNormalization: Searcher;
  readonly #afterNormalization: Searcher;

  constructor(list: readonly unknown[], model: Model, normalizer: Normalizer | undefined) {
    // A token that the model does not have gets the next free id, whatever the file says.
    let next = model.size;
    for (const [i, json] of list.entries()) {
      const token = readAddedToken(json, `added_tokens[${i}]`);
      if (token.content === '') continue;
      const known = this.ids.get(token.content) ?? model.tokenToId(token.content);
      const id = known ?? next++;
      this.ids.set(token.content, id);
      this.byId.set(id, { ...token, id });
      if (token.special) this.special.add(token.content);
      if (token.normalized && normalizer) {
        const { text } = normalizer(wholeText(token.content));
        if (text !== token.content) this.#normalized.set(id, text);
      }
    }
    const [before, after]: [text: string, token: AddedToken][][] = [[], []];
    for (const token of this.byId.values()) {
      const searched = (token.normalized ? this.#normalized.get(token.id) : undefined) ?? token.content;
      (token.normalized ? after : before)!.push([searched, token]);
    }
    this.#beforeNormalization = new Searcher(before!);
    this.#afterNormalization = new Searcher(after!);
  }

  /** The token of an id as it is decoded; undefined if it was not added. */
  decoded(id: number): string | undefined {
    return this.#normalized.get(id) ?? this.byId.get(id)?.content;
  }

  /** Finds the added tokens of a text and normalizes the rest. */
  extract(text: string, normalizer: Normalizer | undefined): Piece[] {
    const pieces: Piece[] = [];
    for (const piece of split(wholeText(text), this.#beforeNormalization)) {
      if (piece.tokenId !== undefined) pieces.push(piece);
      else
        for (const part of split(normalizer ? normalizer(piece) : piece, this.#afterNormalization))
          pieces.push(part);
    }
    return pieces;
  }
}

function readAddedToken(json: unknown, path: string): AddedToken {
  const token = new Component(json, path);
  const special = token.boolean('special', false);
  const read = {
    id: token.integer('id', 0),
    content: token.string('content'),
    singleWord: token.boolean('single_word', false),
    lstrip: token.boolean('lstrip', false),
    rstrip: token.boolean('rstrip', false),
    normalized: token.boolean('normalized', !special),
    special,
  };
  token.end();
  return read;
}

/**
 * Finds the longest token that begins at each position, in time linear in the text: reading from its end, the reversed tokens that the text
 * read so far ends with are in a trie with links from each node to the longest other one that it ends with (Aho and Corasick 1975).
 */
class Searcher {
  readonly #root: Node = { children: new Map(), depth: 0, length: 0 };
  /** The token whose normalized content is empty. */
  readonly empty: AddedToken | undefined;
  readonly #isEmpty: boolean;

  constructor(tokens: readonly (readonly [text: string, token: AddedToken])[]) {
    this.#isEmpty = tokens.length === 0;
    const root = this.#root;
    for (const [text, token] of tokens) {
      if (text === '') {
        this.empty ??= token;
        continue;
      }
      let node = root;
      for (let i = text.length - 1; i >= 0; i--) {
        const unit = text.charCodeAt(i);
        let child = node.children.get(unit);
        if (!child) {
          child = { children: new Map(), depth: node.depth + 1, length: 0 };
          node.children.set(unit, child);
        }
        node = child;
      }
      if (!node.token) {
        node.token = token;
        node.length = text.length;
      }
    }
    const nodes = [root];
    for (let i = 0; i < nodes.length; i++) {
      const node = nodes[i]!;
      for (const [unit, child] of node.children) {
        let suffix = node.suffix;
        while (suffix && !suffix.children.has(unit)) suffix = suffix.suffix;
        child.suffix = suffix?.children.get(unit) ?? root;
        if (!child.token && child.suffix.token) {
          child.token = child.suffix.token;
          child.length = child.suffix.length;
        }
        nodes.push(child);
      }
    }
  }

  get isEmpty(): boolean {
    return this.#isEmpty;
  }

  /** The longest tokens, by the positions at which they begin, from the last to the first. */
  search(text: string): { starts: number[]; ends: number[]; tokens: AddedToken[] } {
    const root = this.#root;
    const found = { starts: [] as number[], ends: [] as number[], tokens: [] as AddedToken[] };
    let node = root;
    for (let at = text.length - 1; at >= 0; at--) {
      const unit = text.charCodeAt(at);
      let next = node.children.get(unit);
      while (!next && node.suffix) {
        node = node.suffix;
        next = node.children.get(unit);
      }
      node = next ?? root;
      if (!node.token) continue;
      found.starts.push(at);
      found.ends.push(at + node.length);
      found.tokens.push(node.token);
    }
    return found;
  }
}

/** Splits a piece at the leftmost, longest added tokens. */
function split(piece: Piece, searcher: Searcher): Piece[] {
  const { text } = piece;
  if (text === '') return [];
  if (searcher.isEmpty) return [piece];
  const { empty } = searcher;
  const found = searcher.search(text);
  const pieces: Piece[] = [];
  let done = 0;
  /** End of the white space that was last looked at. */
  let spaceEnd = 0;
  const add = (token: AddedToken, start: number, end: number) => {
    if (token.singleWord && !isSingleWord(text, start, end)) return;
    let from = start;
    let to = end;
    if (token.lstrip) {
      while (from > done && WHITE_SPACE.has(text.charCodeAt(from - 1))) from--;
      // The token before may have taken the white space that this one begins with.
      from = Math.max(from, done);
    }
    if (token.rstrip) {
      // Tokens of white space may be within the white space that the one before took.
      if (to < spaceEnd) to = spaceEnd;
      else {
        while (to < text.length && WHITE_SPACE.has(text.charCodeAt(to))) to++;
        spaceEnd = to;
      }
    }
    if (done < from) pieces.push(slicePiece(piece, done, from));
    if (from < to) pieces.push({ ...slicePiece(piece, from, to), tokenId: token.id });
    done = to;
  };
  let next = found.starts.length - 1;
  let last = -1;
  for (let start = 0; start <= text.length; start++) {
    while (next >= 0 && found.starts[next]! < start) next--;
    if (next >= 0 && found.starts[next] === start) {
      last = found.ends[next]!;
      add(found.tokens[next]!, start, last);
      start = last - 1;
    } else if (!empty) {
      if (next < 0) break;
      start = found.starts[next]! - 1;
    } else if (start !== last) {
      // It is everywhere, but not directly after another.
      last = start;
      add(empty, start, start);
    }
  }
  if (done < text.length) pieces.push(done === 0 ? piece : slicePiece(piece, done, text.length));
  return pieces;
}

function isSingleWord(text: string, start: number, end: number): boolean {
  const before = text.slice(Math.max(0, start - 2), start);
  const after = text.slice(end, end + 2);
  return !ENDS_WITH_WORD.test(before) && !STARTS_WITH_WORD.test(after);
}
