import { type Component, show } from '../json/component.ts';
import { byteToken } from './byte-token.ts';
import { Merges } from './merges.ts';
import type { Model, Word } from './model.ts';
import { Seams } from './seams.ts';
import { Symbols } from './symbols.ts';
import { readVocabulary, unknownWord } from './vocabulary.ts';
import { cacheWords } from './word-cache.ts';

/**
 * Byte-pair encoding (Sennrich et al. 2016): the characters of a word, merged in the order of the merges. A character that the vocabulary
 * lacks becomes its UTF-8 bytes (`byte_fallback`), else the unknown token; without either it is left out.
 */
export function bpe(component: Component): Model {
  const vocabulary = readVocabulary(component);
  const optional = (name: string) =>
    component.value(name) === undefined ? undefined : component.string(name);
  const unknown = optional('unk_token');
  const prefix = optional('continuing_subword_prefix') ?? '';
  const suffix = optional('end_of_word_suffix') ?? '';
  const fuseUnknown = component.boolean('fuse_unk', false);
  const byteFallback = component.boolean('byte_fallback', false);
  const ignoreMerges = component.boolean('ignore_merges', false);
  const dropout = component.value('dropout') ?? 0;
  if (dropout !== 0)
    throw component.error('dropout', `is not supported: tokens would be random, got ${show(dropout)}`);
  const merges = new Merges(component, vocabulary, prefix.length);
  const { ids, tokens } = vocabulary;
  const encoder = new TextEncoder();
  const symbols = new Symbols();

  const unknownId = (character: string): number => {
    const id = ids.get(unknown!);
    if (id === undefined) throw unknownWord(unknown, character);
    return id;
  };

  const mergeWord = (word: string): Word => {
    symbols.clear();
    /** Whether the symbols are not all of the word in its order. */
    let displaced = false;
    let pending: { id: number; start: number; end: number; bytes: number } | undefined;
    const flush = () => {
      if (pending) symbols.add(pending.id, pending.start, pending.end, pending.bytes);
      pending = undefined;
    };
    for (let start = 0; start < word.length; ) {
      const code = word.codePointAt(start)!;
      const end = start + (code > 0xffff ? 2 : 1);
      const bytes = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
      const character = word.slice(start, end);
      const symbol = (start > 0 ? prefix : '') + character + (end === word.length ? suffix : '');
      const id = ids.get(symbol);
      if (id !== undefined) {
        flush();
        symbols.add(id, start, end, bytes);
        start = end;
        continue;
      }
      const fallback = byteFallback
        ? Array.from(encoder.encode(symbol), (byte) => ids.get(byteToken(byte)))
        : [];
      if (fallback.length > 0 && fallback.every((byte) => byte !== undefined)) {
        // The library adds the unknown token before after the bytes, and counts those of prefix and suffix.
        displaced ||= pending !== undefined || symbol !== character;
        for (const byte of fallback) symbols.add(byte, start, end, 1);
      } else if (unknown === undefined) {
        displaced = true;
      } else if (pending && fuseUnknown) {
        pending.end = end;
        pending.bytes += bytes;
      } else {
        flush();
        pending = { id: unknownId(character), start, end, bytes };
      }
      start = end;
    }
    flush();
    symbols.merge(merges);
    if (displaced) symbols.placeByBytes(word);
    const merged = symbols.toWord(tokens);
    symbols.clear();
    return merged;
  };
  const mergeCached = cacheWords(mergeWord);
  const seams = prefix === '' && suffix === '' ? new Seams(ids) : undefined;

  return {
    size: vocabulary.size,
    idLimit: vocabulary.idLimit,
    tokenToId: vocabulary.tokenToId,
    idToToken: vocabulary.idToToken,
    tokenize: (word) => {
      const whole = ignoreMerges ? ids.get(word) : undefined;
      if (whole !== undefined) return { ids: [whole], starts: [0], ends: [word.length], tokens: [word] };
      const parts = seams?.split(word, unknown === undefined);
      return parts ? joinWords(parts, mergeCached) : mergeCached(word);
    },
  };
}

/** The tokens of a word from those of its parts. */
function joinWords(parts: readonly string[], tokenize: (part: string) => Word): Word {
  const joined = {
    ids: [] as number[],
    starts: [] as number[],
    ends: [] as number[],
    tokens: [] as string[],
  };
  let offset = 0;
  for (const part of parts) {
    const { ids, starts, ends, tokens } = tokenize(part);
    for (let i = 0; i < ids.length; i++) {
      joined.ids.push(ids[i]!);
      joined.starts.push(offset + starts[i]!);
      joined.ends.push(offset + ends[i]!);
      joined.tokens.push(tokens[i]!);
    }
    offset += part.length;
  }
  return joined;
}
