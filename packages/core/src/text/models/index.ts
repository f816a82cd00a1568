import { type Component, createComponent, isObject } from '../json/component.ts';
import type { Model } from './model.ts';
import { wordLevel } from './word-level.ts';
import { wordPiece } from './word-piece.ts';

export type { Model, Word } from './model.ts';

/** Models by type: those of whole words and WordPiece, and what `subword-components.ts`, `rare-components.ts` and `unigram-components.ts` add. */
export const MODELS: Record<string, (component: Component) => Model> = {
  WordLevel: wordLevel,
  WordPiece: wordPiece,
};

/** The model of tokenizer.json. Old files do not name its type. Throws `FormatError` for one that is invalid or not supported. */
export function createModel(json: unknown): Model {
  const named = isObject(json) && json.type === undefined ? { ...json, type: typeOfModel(json) } : json;
  return createComponent(named, 'model', MODELS);
}

/** The type of a model; old files do not name it. */
export function typeOfModel(json: Readonly<Record<string, unknown>>): unknown {
  if (json.type !== undefined) return json.type;
  if (isObject(json.vocab) && Array.isArray(json.merges)) return 'BPE';
  if (Array.isArray(json.vocab)) return 'Unigram';
  return 'max_input_chars_per_word' in json ? 'WordPiece' : 'WordLevel';
}
