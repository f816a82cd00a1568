import type { Component } from '../json/component.ts';
import { takeSteps } from '../pieces/limits.ts';
import { byteToken } from './byte-token.ts';
import type { Model, Word } from './model.ts';
import { Trie } from './trie.ts';
import { unknownWord, Vocabulary } from './vocabulary.ts';
import { cacheWords } from './word-cache.ts';

/** How much worse an unknown character is than the worst token. */
const UNKNOWN_PENALTY = 10;

/** Length of the arrays that are kept for the next word. */
const MOST_KEPT = 65_536;

/**
 * Unigram (Kudo 2018): the tokens with the highest sum of scores, found by the Viterbi algorithm in time linear in the word. Unknown
 * characters in a row are one unknown token, or their UTF-8 bytes with `byte_fallback`.
 */
export function unigram(component: Component): Model {
  const entries = component.list('vocab');
  const invalid = entries.findIndex(
    (entry) => !(Array.isArray(entry) && typeof entry[0] === 'string' && typeof entry[1] === 'number'),
  );
  if (invalid >= 0)
    throw component.error(
      'vocab',
      `must have tokens with scores, got ${String(JSON.stringify(entries[invalid])).slice(0, 60)}`,
    );
  const pieces = entries as readonly (readonly [token: string, score: number])[];
  const unknownId = component.value('unk_id') === undefined ? undefined : component.integer('unk_id', 0);
  if (unknownId !== undefined && unknownId >= pieces.length)
    throw component.error('unk_id', `must be less than the ${pieces.length} tokens, got ${unknownId}`);
  const byteFallback = component.boolean('byte_fallback', false);

  const vocabulary = new Vocabulary(pieces.map(([token], id) => [token, id]));
  const scores = Float64Array.from(pieces, ([, score]) => asParsed(score));
  const trie = new Trie(pieces.length);
  for (const [id, [token]] of pieces.entries()) trie.add(token, id);
  const unknownScore = scores.reduce((least, score) => Math.min(least, score), Infinity) - UNKNOWN_PENALTY;
  const encoder = new TextEncoder();

  /** Ends of the best tokens, from the last to the first, with the start and id of each. */
  let bestScores = new Float64Array(256);
  let bestStarts = new Int32Array(256);
  let bestIds = new Int32Array(256);

  const findBest = (word: string): void => {
    const { length } = word;
    if (bestStarts.length <= length) {
      bestScores = new Float64Array(2 * length + 1);
      bestStarts = new Int32Array(2 * length + 1);
      bestIds = new Int32Array(2 * length + 1);
    }
    bestStarts.fill(-1, 0, length + 1);
    bestScores[0] = 0;
    for (let start = 0; start < length; ) {
      const scoreBefore = bestScores[start]!;
      const single = start + (word.codePointAt(start)! > 0xffff ? 2 : 1);
      let hasSingle = false;
      let node = 0;
      let end = start;
      while (end < length) {
        node = trie.child(node, word.charCodeAt(end++));
        if (node < 0) break;
        const id = trie.idOf(node);
        if (id < 0) continue;
        const score = scores[id]! + scoreBefore;
        if (bestStarts[end]! < 0 || score > bestScores[end]!) {
          bestScores[end] = score;
          bestStarts[end] = start;
          bestIds[end] = id;
        }
        if (end === single) hasSingle = true;
      }
      if (end - start > 64) takeSteps(end - start, 'Unigram');
      if (!hasSingle) {
        const score = unknownScore + scoreBefore;
        if (bestStarts[single]! < 0 || score > bestScores[single]!) {
          if (unknownId === undefined) throw unknownWord(undefined, word.slice(start, single));
          bestScores[single] = score;
          bestStarts[single] = start;
          bestIds[single] = unknownId;
        }
      }
      start = single;
    }
  };

  const tokenize = (word: string): Word => {
    findBest(word);
    const spans: number[] = [];
    for (let end = word.length; end > 0; ) {
      let start = bestStarts[end]!;
      if (bestIds[end] === unknownId)
        while (start > 0 && bestIds[start] === unknownId) start = bestStarts[start]!;
      spans.push(start, end);
      end = start;
    }
    const ids: number[] = [];
    const starts: number[] = [];
    const ends: number[] = [];
    const tokens: string[] = [];
    const add = (id: number, token: string, start: number, end: number) => {
      ids.push(id);
      tokens.push(token);
      starts.push(start);
      ends.push(end);
    };
    for (let i = spans.length - 2; i >= 0; i -= 2) {
      const [start, end] = [spans[i]!, spans[i + 1]!];
      const text = word.slice(start, end);
      const id = vocabulary.ids.get(text);
      if (id !== undefined) {
        add(id, text, start, end);
        continue;
      }
      const bytes = byteFallback ? Array.from(encoder.encode(text), byteToken) : [];
      if (bytes.length > 0 && bytes.every((token) => vocabulary.ids.has(token))) {
        for (const token of bytes) add(vocabulary.ids.get(token)!, token, start, end);
      } else add(unknownId!, text, start, end);
    }
    if (bestStarts.length > MOST_KEPT) {
      bestScores = new Float64Array(256);
      bestStarts = new Int32Array(256);
      bestIds = new Int32Array(256);
    }
    return { ids, starts, ends, tokens };
  };
  return {
    size: pieces.length,
    idLimit: pieces.length,
    tokenToId: vocabulary.tokenToId,
    idToToken: vocabulary.idToToken,
    tokenize: cacheWords(tokenize),
  };
}

/**
 * A score as the library reads it, which may differ in the last bit: digits that are no exact double are rounded before they are divided by
 * their power of ten. It decides between tokenizations that are equally good.
 */
function asParsed(score: number): number {
  const [, sign, whole, fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:e([-+]\d+))?$/.exec(String(score)) ?? [];
  const power = Number(exponent) - fraction.length;
  const digits = Number(`${whole}${fraction}`);
  if (whole === undefined || Math.abs(power) > 308) return score;
  return (
    (sign === '-' ? -1 : 1) * (power < 0 ? digits / Number(`1e${-power}`) : digits * Number(`1e${power}`))
  );
}
