import { ConfigError, LoadError } from '../errors.ts';
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
  if (/\.bin$/i.test(name) && isPyTorch(await startOf(files, name))) {
    if (!split) return undefined;
    throw new ConfigError(
      `source: ${name} holds the weights of PyTorch alone, without configuration and tokenizer; load its directory, with the option weightsFile: '${name}'`,
    );
  }
  const { openGguf, openLlama2c } = await import('./file-formats.ts');
  return (await isGguf(files, name)) ? openGguf(files, name) : openLlama2c(files, name);
}

/** Whether a file is GGUF, by its extension or its first four bytes: GGUF files may be named `.bin`. */
async function isGguf(files: RepositoryFiles, name: string): Promise<boolean> {
  if (/\.gguf$/i.test(name)) return true;
  return new TextDecoder().decode(await startOf(files, name)) === 'GGUF';
}

/** The first four bytes of a file. */
async function startOf(files: RepositoryFiles, name: string): Promise<Uint8Array> {
  const source = await files.openHeader(name);
  return source.read(0, Math.min(4, source.size));
}

/** Whether a file begins as those of PyTorch do: a zip archive or, before version 1.6, a pickle of protocol 2 with a long integer. */
function isPyTorch([a, b, c, d]: Uint8Array): boolean {
  return (a === 0x50 && b === 0x4b && c === 3 && d === 4) || (a === 0x80 && b === 2 && c === 0x8a);
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
