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

interface Node {
  readonly children: Map<number, Node>;
  token?: AddedToken;
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
  readonly #beforeNormalization: Node = { children: new Map() };
  readonly #afterNormalization: Node = { children: new Map() };

  /** `splitSpecial`: whether special tokens are not looked for in texts. */
  constructor(
    list: readonly unknown[],
    model: Model,
    normalizer: Normalizer | undefined,
    splitSpecial = false,
  ) {
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
    for (const token of this.byId.values()) {
      if (splitSpecial && token.special) continue;
      const searched = (token.normalized ? this.#normalized.get(token.id) : undefined) ?? token.content;
      insert(token.normalized ? this.#afterNormalization : this.#beforeNormalization, searched, token);
    }
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
      else pieces.push(...split(normalizer ? normalizer(piece) : piece, this.#afterNormalization));
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

function insert(root: Node, text: string, token: AddedToken): void {
  let node = root;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    let child = node.children.get(unit);
    if (!child) {
      child = { children: new Map() };
      node.children.set(unit, child);
    }
    node = child;
  }
  node.token ??= token;
}

/** Splits a piece at the leftmost, longest added tokens. */
function split(piece: Piece, root: Node): Piece[] {
  const { text } = piece;
  if (text === '') return [];
  if (root.children.size === 0 && !root.token) return [piece];
  const pieces: Piece[] = [];
  let done = 0;
  let last = -1;
  for (let start = 0; start <= text.length; start++) {
    const found = longestAt(text, start, root);
    // A token whose normalized content is empty is everywhere, but not directly after another.
    if (!found || (found.end === start && start === last)) continue;
    const { token, end } = found;
    last = end;
    const matched = start;
    if (end > start) start = end - 1;
    if (token.singleWord && !isSingleWord(text, matched, end)) continue;
    let from = matched;
    let to = end;
    if (token.lstrip) {
      while (from > done && WHITE_SPACE.has(text.charCodeAt(from - 1))) from--;
      // The token before may have taken the white space that this one begins with.
      from = Math.max(from, done);
    }
    if (token.rstrip) while (to < text.length && WHITE_SPACE.has(text.charCodeAt(to))) to++;
    if (done < from) pieces.push(slicePiece(piece, done, from));
    if (from < to) pieces.push({ ...slicePiece(piece, from, to), tokenId: token.id });
    done = to;
  }
  if (done < text.length) pieces.push(done === 0 ? piece : slicePiece(piece, done, text.length));
  return pieces;
}

/** The longest added token at a position, and where it ends. */
function longestAt(text: string, start: number, root: Node): { token: AddedToken; end: number } | undefined {
  let node = root.children.get(text.charCodeAt(start));
  if (!node) return root.token && { token: root.token, end: start };
  let { token } = root;
  let end = start;
  for (let i = start + 1; node; i++) {
    if (node.token) {
      token = node.token;
      end = i;
    }
    node = node.children.get(text.charCodeAt(i));
  }
  return token && { token, end };
}

function isSingleWord(text: string, start: number, end: number): boolean {
  const before = text.slice(Math.max(0, start - 2), start);
  const after = text.slice(end, end + 2);
  return !ENDS_WITH_WORD.test(before) && !STARTS_WITH_WORD.test(after);
}
