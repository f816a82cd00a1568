import { Component, createComponent, isObject } from '../json/component.ts';
import { bpe } from './bpe.ts';
import type { Model } from './model.ts';
import { unigram } from './unigram.ts';
import { wordLevel } from './word-level.ts';
import { wordPiece } from './word-piece.ts';

export type { Model, Word } from './model.ts';

const TYPES: Readonly<Record<string, (component: Component) => Model>> = {
  BPE: bpe,
  Unigram: unigram,
  WordLevel: wordLevel,
  WordPiece: wordPiece,
};

/** The model of tokenizer.json. Old files do not name its type. Throws `FormatError` for one that is invalid or not supported. */
export function createModel(json: unknown): Model {
  const type = isObject(json) && json.type === undefined ? oldType(json) : undefined;
  return createComponent(type ? { ...(json as object), type } : json, 'model', TYPES);
}

function oldType(json: Record<string, unknown>): string | undefined {
  if (isObject(json.vocab) && Array.isArray(json.merges)) return 'BPE';
  if (Array.isArray(json.vocab)) return 'Unigram';
  return 'max_input_chars_per_word' in json ? 'WordPiece' : 'WordLevel';
}
