import { isObject } from './json/component.ts';
import { typeOfModel } from './models/index.ts';

type Json = Readonly<Record<string, unknown>>;

/** Imports groups of components, those that most tokenizers need first, until all are known that a tokenizer.json names. */
export async function addComponents(json: Json, isKnown: (json: Json) => boolean): Promise<void> {
  if (isObject(json.model) && typeOfModel(json.model) === 'Unigram') {
    (await import('./unigram-components.ts')).addUnigramComponents();
    if (isKnown(json)) return;
  }
  (await import('./subword-components.ts')).addSubwordComponents();
  if (!isKnown(json)) (await import('./rare-components.ts')).addRareComponents();
}
