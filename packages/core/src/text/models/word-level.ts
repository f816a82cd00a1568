import type { Component } from '../json/component.ts';
import type { Model } from './model.ts';
import { readVocabulary, unknownWord } from './vocabulary.ts';

/** A token for each word of the vocabulary, and the unknown token for all others. */
export function wordLevel(component: Component): Model {
  const vocabulary = readVocabulary(component);
  const unknown = component.string('unk_token');
  return {
    size: vocabulary.size,
    idLimit: vocabulary.idLimit,
    tokenToId: vocabulary.tokenToId,
    idToToken: vocabulary.idToToken,
    tokenize: (word) => {
      const known = vocabulary.ids.get(word);
      const id = known ?? vocabulary.ids.get(unknown);
      if (id === undefined) throw unknownWord(unknown, word);
      return { ids: [id], starts: [0], ends: [word.length], tokens: [known === undefined ? unknown : word] };
    },
  };
}
