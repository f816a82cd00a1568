import type { Component } from '../json/component.ts';
import { takeSteps } from '../pieces/limits.ts';
import type { Model, Word } from './model.ts';
import { readVocabulary, unknownWord } from './vocabulary.ts';
import { cacheWords } from './word-cache.ts';

/**
 * WordPiece (Schuster and Nakajima 2012), as BERT has it: the longest token that the word begins with, then the longest that the rest
 * begins with, and so on. A word that is too long or has a rest without a token is the unknown token.
 */
export function wordPiece(component: Component): Model {
  const vocabulary = readVocabulary(component);
  const unknown = component.string('unk_token');
  const prefix = component.string('continuing_subword_prefix');
  const maxCharacters = component.integer('max_input_chars_per_word', 0);

  const unknownTokens = (word: string): Word => {
    const id = vocabulary.ids.get(unknown);
    if (id === undefined) throw unknownWord(unknown, word);
    return { ids: [id], starts: [0], ends: [word.length], tokens: [unknown] };
  };
  const tokenize = (word: string): Word => {
    if (word.length > maxCharacters && [...word].length > maxCharacters) return unknownTokens(word);
    const ids: number[] = [];
    const starts: number[] = [];
    const ends: number[] = [];
    const tokens: string[] = [];
    for (let start = 0; start < word.length; ) {
      const before = start === 0 ? '' : prefix;
      let end = Math.min(word.length, start + Math.max(0, vocabulary.maxLength - before.length));
      const longest = end;
      let token = '';
      let id: number | undefined;
      for (; end > start; end--) {
        token = before + word.slice(start, end);
        id = vocabulary.ids.get(token);
        if (id !== undefined) break;
      }
      // Tokens of files that are not made for it may be long: looking up one takes time in proportion to its length.
      if (longest - end > 64) takeSteps(((longest - end) * (longest - start)) >> 4, 'WordPiece');
      if (id === undefined) return unknownTokens(word);
      ids.push(id);
      starts.push(start);
      ends.push(end);
      tokens.push(token);
      start = end;
    }
    return { ids, starts, ends, tokens };
  };
  return {
    size: vocabulary.size,
    idLimit: vocabulary.idLimit,
    tokenToId: vocabulary.tokenToId,
    idToToken: vocabulary.idToToken,
    tokenize: cacheWords(tokenize),
  };
}
