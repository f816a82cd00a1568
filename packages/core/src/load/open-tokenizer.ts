import { LoadError } from '../errors.ts';
import { isObject } from '../text/json/component.ts';
import type { TokenizerFiles } from '../text/tokenizer.ts';
import type { RepositoryFiles } from '../weights/sources/repository.ts';
import { BACKEND, BERT, plainTokenizerOf } from './plain-tokenizer.ts';

/** What few tokenizers need. */
const onDemand = () => import('./tokenizer-on-demand.ts');

/**
 * Reads the files of a repository's tokenizer: tokenizer.json, tokenizer_config.json and, as transformers does where the latter has no
 * `added_tokens_decoder`, special_tokens_map.json, whose fields replace it, and added_tokens.json. Where tokenizer.json is missing, it is made
 * from the vocabulary files that the repository has instead; where the tokenizer's class makes its components itself, they are the class's.
 * `folder` ends with a slash.
 *
 * Rejects with `LoadError` if there are none, with `ConfigError` for a tokenizer class that is not supported, and with `FormatError`.
 */
export async function readTokenizerFiles(
  files: RepositoryFiles,
  configJson: unknown,
  folder = '',
): Promise<TokenizerFiles> {
  let tokenizerConfigJson = await files.optionalJson(`${folder}tokenizer_config.json`);
  const config = isObject(tokenizerConfigJson) ? tokenizerConfigJson : undefined;
  if (!config?.added_tokens_decoder) {
    const map = await files.optionalJson(`${folder}special_tokens_map.json`);
    if (isObject(map)) tokenizerConfigJson = { ...config, ...map };
  }
  const name =
    plainTokenizerOf(configJson, tokenizerConfigJson) ??
    (await onDemand()).tokenizerClassOf(configJson, tokenizerConfigJson);
  let tokenizerJson: unknown;
  try {
    tokenizerJson = await files.json(`${folder}tokenizer.json`);
  } catch (error) {
    if (!(error instanceof LoadError && error.reason === 'not-found')) throw error;
    return (await onDemand()).readTokenizerParts(files, name, tokenizerConfigJson, folder, error);
  }
  let given = isObject(tokenizerConfigJson) ? tokenizerConfigJson : {};
  const added = config?.added_tokens_decoder
    ? undefined
    : await files.optionalJson(`${folder}added_tokens.json`);
  if (added !== undefined) {
    given = { ...given, ...(await onDemand()).addedTokensBeside(added, given, tokenizerJson) };
    tokenizerConfigJson = given;
  }
  const isPlain = name === BACKEND || name === BERT || !isObject(tokenizerJson);
  if (!isPlain) {
    const remade = await (await onDemand()).remake(
      files,
      name,
      tokenizerJson as Readonly<Record<string, unknown>>,
      given,
      folder,
    );
    if (remade) return remade;
  }
  if (tokenizerConfigJson === undefined && name === BACKEND) return { tokenizerJson };
  return { tokenizerJson, tokenizerConfigJson: { ...given, tokenizer_class: name } };
}
