import type { TokenizerFiles } from '../text/tokenizer.ts';
import type { RepositoryFiles } from '../weights/sources/repository.ts';
import { remakeTokenizer, tokenizerClass } from './tokenizer-classes/index.ts';
import { fromParts, PYTHON_CLASSES } from './tokenizer-parts.ts';
import type { Json } from './tokenizer-template.ts';

/**
 * The tokenizer of a repository with tokenizer.json whose class makes its components itself; undefined for other classes, which use it as it is. A class
 * that runs SentencePiece is made from its own files if the repository has them.
 *
 * A file with byte-level words under Llama's class, which would make nothing useful of them, is used as it is too: transformers 5.17 does so for the
 * repositories that it lists by name.
 */
export async function remake(
  files: RepositoryFiles,
  name: string,
  tokenizerJson: Json,
  config: Json,
  folder: string,
): Promise<TokenizerFiles | undefined> {
  if (PYTHON_CLASSES.includes(name)) return fromParts(files, name, config, folder);
  if (name === 'ConvBertTokenizer') {
    // Without components of its own: only BERT's post-processor and special tokens.
    const { tokenizerJson: bert, tokenizerConfigJson } = remakeTokenizer(
      'BertTokenizer',
      tokenizerJson,
      config,
    );
    const { post_processor } = bert as Json;
    return {
      tokenizerJson: { ...tokenizerJson, post_processor },
      tokenizerConfigJson: { ...(tokenizerConfigJson as Json), tokenizer_class: name },
    };
  }
  if (tokenizerClass(name) === undefined) return undefined;
  const isByteLevel = JSON.stringify(tokenizerJson.pre_tokenizer ?? null).includes('"ByteLevel"');
  if (name === 'LlamaTokenizer' && isByteLevel) return undefined;
  return remakeTokenizer(name, tokenizerJson, config);
}
