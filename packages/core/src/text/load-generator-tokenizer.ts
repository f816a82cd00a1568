import type { TokenizerFiles } from './base-tokenizer.ts';
import { isObject } from './json/component.ts';
import { loadTokenizer } from './load-tokenizer.ts';
import { typeOfModel } from './models/index.ts';
import type { Tokenizer } from './tokenizer.ts';

/**
 * {@link loadTokenizer} for models that generate. Unigram's tokenizers mostly need few of the other components: those are imported alone first. Apps that
 * embed do not have this code.
 */
export async function loadGeneratorTokenizer(files: TokenizerFiles): Promise<Tokenizer> {
  const { tokenizerJson: json } = files;
  if (isObject(json) && isObject(json.model) && typeOfModel(json.model) === 'Unigram')
    (await import('./unigram-components.ts')).addUnigramComponents();
  return loadTokenizer(files);
}
