import { Component } from '../json/component.ts';
import { offsetOf, readCharsmap } from '../pieces/charsmap.ts';
import { bpe } from './bpe.ts';
import { byteToken } from './byte-token.ts';
import type { Model } from './model.ts';
import { Trie } from './trie.ts';

/** `ModelProto.SentencePiece.Type` of pieces that texts are split into. */
const NORMAL = 1;
const USER_DEFINED = 4;
const UNUSED = 5;
const BYTE = 6;
/** How much worse an unknown character is than the worst piece. */
const UNKNOWN_PENALTY = 10;

/** A normalized text, and where each of its UTF-16 units comes from. */
interface Normalized {
  readonly text: string;
  readonly starts: readonly number[];
  readonly ends: readonly number[];
}

/** A part of a normalized text. */
interface Span {
  readonly start: number;
  readonly end: number;
  readonly known: boolean;
}

/**
 * SentencePiece itself, 0.2: its normalization (the longest rule at each place, spaces in a row as one, a space before the text) and its Unigram or BPE,
 * whose pieces get their ids from another vocabulary, as in the tokenizers of Marian and M2M100. A language code `>>xx<<` at the start is a token of its
 * own with `language_codes`. The whole text is one word. It is not a component of the library `tokenizers`.
 */
export function sentencePieceModel(component: Component): Model {
  const pieces = component.list('pieces') as readonly (readonly [
    text: string,
    score: number,
    type: number,
  ])[];
  const vocab = component.object('vocab') as Readonly<Record<string, number>>;
  const ids = new Map(Object.entries(vocab));
  const unknown = component.integer('unk_id', 0);
  const languageCodes = component.boolean('language_codes', false);
  const extra = component.list('extra_tokens', []) as readonly string[];
  const size = ids.size;
  const extraIds = new Map(extra.map((token, i) => [token, size + i]));
  const tokens = new Map([...ids, ...extraIds].map(([token, id]) => [id, token]));
  const normalize = readNormalization(component, pieces);
  const split = component.value('merges') === undefined ? unigramOf(pieces) : bpeOf(component, pieces);
  const byteFallback = component.boolean('byte_fallback', false);
  const encoder = new TextEncoder();
  const idLimit = Math.max(...tokens.keys(), -1) + 1;
  return {
    size,
    idLimit,
    tokenToId: (token) => ids.get(token) ?? extraIds.get(token),
    idToToken: (id) => tokens.get(id),
    tokenize(word) {
      const result = {
        ids: [] as number[],
        starts: [] as number[],
        ends: [] as number[],
        tokens: [] as string[],
      };
      const add = (token: string, start: number, end: number) => {
        result.ids.push(ids.get(token) ?? unknown);
        result.tokens.push(token);
        result.starts.push(start);
        result.ends.push(end);
      };
      const codeEnd = languageCodes && word.startsWith('>>') ? word.indexOf('<<') + 2 : 1;
      const from = codeEnd >= 2 ? codeEnd : 0;
      if (from > 0) add(word.slice(0, from), 0, from);
      const { text, starts, ends } = normalize(word.slice(from));
      for (const { start, end, known } of split(text)) {
        const token = text.slice(start, end);
        const [first, last] = [from + starts[start]!, from + ends[end - 1]!];
        if (known || !byteFallback) add(token, first, last);
        else for (const byte of encoder.encode(token)) add(byteToken(byte), first, last);
      }
      return result;
    },
  };
}

function readNormalization(
  component: Component,
  pieces: readonly (readonly [string, number, number])[],
): (text: string) => Normalized {
  const rules = component.value('precompiled_charsmap') === undefined ? undefined : readCharsmap(component);
  const addPrefix = component.boolean('add_dummy_prefix');
  const removeExtra = component.boolean('remove_extra_whitespaces');
  const space = component.boolean('escape_whitespaces') ? '▁' : ' ';
  const asSuffix = component.boolean('treat_whitespace_as_suffix');
  const kept = pieces.flatMap(([text, , type]) => (type === USER_DEFINED ? [text] : []));
  const encoder = new TextEncoder();
  const decoder = new TextDecoder();

  /** What the text has at a position, and where that ends. */
  const next = (text: string, at: number): { out: string; end: number } => {
    const own = kept.filter((piece) => text.startsWith(piece, at));
    if (own.length > 0) {
      const out = own.reduce((longest, piece) => (piece.length > longest.length ? piece : longest));
      return { out, end: at + out.length };
    }
    let found: { out: string; end: number } | undefined;
    const units = rules?.units ?? new Uint32Array(0);
    let node = offsetOf(units[0] ?? 0);
    for (let end = at; rules && end < text.length; ) {
      const character = String.fromCodePoint(text.codePointAt(end)!);
      end += character.length;
      let unit = 0;
      const matches = encoder.encode(character).every((byte) => {
        node ^= byte;
        unit = units[node] ?? 0;
        const isChild = byte !== 0 && (unit & 0x800000ff) === byte;
        node ^= offsetOf(unit);
        return isChild;
      });
      if (!matches) break;
      if ((unit >>> 8) & 1) {
        const start = (units[node] ?? 0) & 0x7fffffff;
        const stop = rules.replacements.indexOf(0, start);
        found = { out: decoder.decode(rules.replacements.subarray(start, stop < 0 ? undefined : stop)), end };
      }
    }
    if (found) return found;
    const out = String.fromCodePoint(text.codePointAt(at)!);
    return { out, end: at + out.length };
  };

  return (text) => {
    const parts: string[] = [];
    const starts: number[] = [];
    const ends: number[] = [];
    let at = 0;
    const add = (part: string, start: number, end: number) => {
      parts.push(part);
      for (let i = 0; i < part.length; i++) {
        starts.push(start);
        ends.push(end);
      }
    };
    while (removeExtra && at < text.length) {
      const { out, end } = next(text, at);
      if (out !== ' ') break;
      at = end;
    }
    if (at >= text.length) return { text: '', starts, ends };
    if (addPrefix && !asSuffix) add(space, at, at);
    let wasSpace = removeExtra;
    while (at < text.length) {
      const { out, end } = next(text, at);
      const part = wasSpace ? out.replace(/^ +/, '') : out;
      if (part !== '') {
        add(part.replaceAll(' ', space), at, end);
        wasSpace = removeExtra && part.endsWith(' ');
      }
      at = end;
    }
    let normalized = parts.join('');
    while (removeExtra && normalized.endsWith(space)) normalized = normalized.slice(0, -space.length);
    if (addPrefix && asSuffix) normalized += space;
    starts.push(text.length);
    ends.push(text.length);
    return { text: normalized, starts, ends };
  };
}

/** Unigram, with sums of scores in single precision. */
function unigramOf(
  pieces: readonly (readonly [text: string, score: number, type: number])[],
): (text: string) => Span[] {
  const trie = new Trie(pieces.length);
  let [least, most] = [Infinity, -Infinity];
  for (const [id, [text, score, type]] of pieces.entries()) {
    if (type === NORMAL) [least, most] = [Math.min(least, score), Math.max(most, score)];
    if (type === NORMAL || type === USER_DEFINED || type === UNUSED) trie.add(text, id);
  }
  const unknownScore = least - UNKNOWN_PENALTY;
  const encoder = new TextEncoder();
  return (text) => {
    const scores = new Float32Array(text.length + 1);
    const starts = new Int32Array(text.length + 1).fill(-1);
    const found = new Int32Array(text.length + 1);
    const offer = (start: number, end: number, id: number, score: number) => {
      const sum = Math.fround(score + scores[start]!);
      if (starts[end]! >= 0 && sum <= scores[end]!) return;
      [scores[end], starts[end], found[end]] = [sum, start, id];
    };
    for (let start = 0; start < text.length; ) {
      const single = start + (text.codePointAt(start)! > 0xffff ? 2 : 1);
      let hasSingle = false;
      for (let end = start, node = 0; end < text.length; ) {
        node = trie.child(node, text.charCodeAt(end++));
        if (node < 0) break;
        const id = trie.idOf(node);
        if (id < 0 || pieces[id]![2] === UNUSED) continue;
        const [piece, score, type] = pieces[id]!;
        offer(start, end, id, type === USER_DEFINED ? encoder.encode(piece).length * most - 0.1 : score);
        if (end === single) hasSingle = true;
      }
      if (!hasSingle) offer(start, single, -1, unknownScore);
      start = single;
    }
    const spans: Span[] = [];
    for (let end = text.length; end > 0; ) {
      let start = starts[end]!;
      const known = found[end]! >= 0;
      while (!known && start > 0 && found[start]! < 0) start = starts[start]!;
      spans.push({ start, end, known });
      end = start;
    }
    return spans.reverse();
  };
}

function bpeOf(
  component: Component,
  pieces: readonly (readonly [text: string, score: number, type: number])[],
): (text: string) => Span[] {
  const vocab = new Map(pieces.map(([text], id) => [text, id]));
  const unk = pieces.find(([, , type]) => type === 2)?.[0] ?? pieces[0]![0];
  const json = {
    type: 'BPE',
    vocab: Object.fromEntries(vocab),
    merges: component.value('merges'),
    unk_token: unk,
    fuse_unk: true,
  };
  const model = bpe(new Component(json, `${component.path}.bpe`));
  const unkId = vocab.get(unk);
  return (text) => {
    const { ids, starts, ends } = model.tokenize(text);
    return ids.map((id, i) => ({ start: starts[i]!, end: ends[i]!, known: id !== unkId }));
  };
}

/**
 * The text of tokens as the tokenizers of Marian and M2M100 join them: pieces between special tokens as SentencePiece does, which leaves out the space
 * before the first; with `spaced`, a space after each special token.
 */
export function sentencePieceDecoder(component: Component): (tokens: readonly string[]) => string[] {
  const pieces = component.list('pieces') as readonly (readonly [string, number, number])[];
  const types = new Map(pieces.map(([text, , type]) => [text, type]));
  const special = new Set(component.list('special') as readonly string[]);
  const spaced = component.boolean('spaced');
  const strips = component.boolean('add_dummy_prefix') || component.boolean('remove_extra_whitespaces');
  const removeExtra = component.boolean('remove_extra_whitespaces');
  const decoder = new TextDecoder();
  const join = (tokens: readonly string[]): string => {
    let text = '';
    let done = false;
    let bytes: number[] = [];
    for (const token of [...tokens, undefined]) {
      const type = token === undefined ? undefined : types.get(token);
      if (token !== undefined && type === BYTE) {
        bytes.push(Number.parseInt(token.slice(3, 5), 16));
        continue;
      }
      text += decoder.decode(Uint8Array.from(bytes));
      bytes = [];
      if (token === undefined || type === 3) continue;
      if (type === undefined) text += token;
      else if (type === 2) text += ' ⁇ ';
      else {
        const isFirst = text === '' && !done;
        const hasSpace = isFirst && strips && token.startsWith('▁');
        text += (hasSpace ? token.slice(1) : token).replaceAll('▁', ' ');
        if (hasSpace && !removeExtra) done = true;
      }
    }
    return text;
  };
  return (tokens) => {
    let text = '';
    let current: string[] = [];
    for (const token of tokens) {
      if (!special.has(token)) current.push(token);
      else {
        text += `${join(current)}${token}${spaced ? ' ' : ''}`;
        current = [];
      }
    }
    text += join(current);
    return [(spaced ? text.replaceAll('▁', ' ') : text).trim()];
  };
}
