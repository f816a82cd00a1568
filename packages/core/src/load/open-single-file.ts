import { LoadError } from '../errors.ts';
import type { RepositoryFiles } from '../weights/sources/repository.ts';
import { type ModelSource, repositoryFiles, type SourceOptions } from '../weights/sources/resolve.ts';
import { isModelFile, splitModelFile } from '../weights/sources/single-file.ts';
import type { SingleFileModel } from './single-file-model.ts';

/**
 * Opens a single-file model: GGUF, or llama2.c's version 0. Returns undefined if the source has no such file, or has safetensors files.
 *
 * The source is the file itself (`./model.gguf`, `https://example.com/stories15M.bin`), or a repository that contains it. `weightsFile` names
 * the file in repositories that cannot be listed or contain several.
 *
 * Rejects with `LoadError` if a file cannot be loaded, `FormatError` if it is invalid, and `ConfigError` if the model is not supported.
 */
export async function openSingleFile(
  source: ModelSource,
  options: SourceOptions & { weightsFile?: string } = {},
): Promise<SingleFileModel | undefined> {
  const split = splitModelFile(source);
  const files = repositoryFiles(split?.directory ?? source, options);
  const name = split?.file ?? (await chooseFile(files, options.weightsFile));
  if (name === undefined) return undefined;
  // Imported on demand, with the readers of all such formats: most apps load no such files.
  const { openModelFile } = await import('./file-formats.ts');
  return openModelFile(files, name, split !== undefined);
}

/** Whether a file is one of a split model, but not the first. */
const isLaterPart = (name: string) =>
  /-\d{5}-of-\d{5}\.gguf$/i.test(name) && !/-00001-of-\d{5}\.gguf$/i.test(name);

async function chooseFile(
  files: RepositoryFiles,
  weightsFile: string | undefined,
): Promise<string | undefined> {
  if (weightsFile !== undefined) return isModelFile(weightsFile) ? weightsFile : undefined;
  const names = await files.list();
  if (!names || names.some((name) => /\.safetensors(?:\.index\.json)?$/.test(name))) return undefined;
  // Next to a config.json, .bin files are PyTorch's.
  const kinds = names.includes('config.json') ? ['.gguf'] : ['.gguf', '.bin', '.data'];
  for (const kind of kinds) {
    const found = names
      .filter((name) => name.endsWith(kind) && name !== 'tokenizer.bin' && !isLaterPart(name))
      .sort();
    if (found.length > 1) {
      throw new LoadError(
        'not-found',
        `There are several ${kind} files in ${files.location}: ${found.join(', ')}; choose one with the option weightsFile`,
      );
    }
    if (found[0] !== undefined) return found[0];
  }
  return undefined;
}
