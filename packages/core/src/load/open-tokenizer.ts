import { LoadError } from '../errors.ts';
import { isObject } from '../text/json/component.ts';
import type { TokenizerFiles } from '../text/tokenizer.ts';
import type { RepositoryFiles } from '../weights/sources/repository.ts';

/**
 * Reads the files of a repository's tokenizer: tokenizer.json, tokenizer_config.json and, as transformers does where the latter has no
 * `added_tokens_decoder`, special_tokens_map.json, whose fields replace it. Where tokenizer.json is missing, it is made from the vocabulary
 * files that the repository has instead. `folder` ends with a slash.
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
  try {
    const tokenizerJson = await files.json(`${folder}tokenizer.json`);
    return { tokenizerJson, ...(tokenizerConfigJson !== undefined && { tokenizerConfigJson }) };
  } catch (error) {
    if (!(error instanceof LoadError && error.reason === 'not-found')) throw error;
    // Imported on demand: most repositories have tokenizer.json.
    const { readTokenizerParts } = await import('./tokenizer-parts.ts');
    return readTokenizerParts(files, configJson, tokenizerConfigJson, folder, error);
  }
}
