import { BaseTokenizer, type TokenizerFiles } from './base-tokenizer.ts';
import { DECODERS } from './decoders/index.ts';
import { isObject } from './json/component.ts';
import { MODELS, typeOfModel } from './models/index.ts';
import { NORMALIZERS } from './normalizers/index.ts';
import { POST_PROCESSORS } from './post-processors/index.ts';
import { PRE_TOKENIZERS } from './pre-tokenizers/index.ts';
import type { Tokenizer } from './tokenizer.ts';

/**
 * The same as `Tokenizer.fromFiles`, with the code of components that BERT's tokenizers do not have imported when the files need it. Rejects
 * with `FormatError` for invalid files, and for components that are not supported.
 */
export async function loadTokenizer(files: TokenizerFiles): Promise<Tokenizer> {
  const { tokenizerJson } = files;
  if (isObject(tokenizerJson)) {
    if (!isKnown(tokenizerJson)) (await import('./subword-components.ts')).addSubwordComponents();
    if (!isKnown(tokenizerJson)) (await import('./rare-components.ts')).addRareComponents();
  }
  return new BaseTokenizer(files);
}

/** Whether all types of components are known that tokenizer.json names. */
function isKnown(json: Readonly<Record<string, unknown>>): boolean {
  const { normalizer, pre_tokenizer, decoder, model, post_processor } = json;
  return (
    areKnown(normalizer, NORMALIZERS, 'normalizers') &&
    areKnown(pre_tokenizer, PRE_TOKENIZERS, 'pretokenizers') &&
    areKnown(decoder, DECODERS, 'decoders') &&
    areKnown(post_processor, POST_PROCESSORS, 'processors') &&
    (!isObject(model) || isKnownModel(typeOfModel(model)))
  );
}

const isKnownModel = (type: unknown) => typeof type === 'string' && Object.hasOwn(MODELS, type);

/** Whether a component's type and those of the list in it are known. What is no component is refused when the tokenizer is made. */
function areKnown(json: unknown, known: object, list: string): boolean {
  if (!isObject(json)) return true;
  const parts = json[list];
  return (
    typeof json.type === 'string' &&
    Object.hasOwn(known, json.type) &&
    (!Array.isArray(parts) || parts.every((part) => areKnown(part, known, list)))
  );
}
