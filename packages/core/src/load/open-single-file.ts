import { LoadError } from '../errors.ts';
import type { RepositoryFiles } from '../weights/sources/repository.ts';
import { type ModelSource, resolveSource, type SourceOptions } from '../weights/sources/resolve.ts';
import { isModelFile, splitModelFile } from '../weights/sources/single-file.ts';
import type { SingleFileModel } from './single-file-model.ts';

/**
 * Opens a model that lies in one file, as GGUF or in the first format of llama2.c; undefined if the source has no such file, or has
 * safetensors.
 *
 * The source may name the file itself (`./model.gguf`, `https://example.com/stories15M.bin`), or be a place that has one, or be any place
 * with the file's name as `weightsFile`.
 *
 * Throws `LoadError` for files that can't be had, `FormatError` for broken ones and `ConfigError` for what Headwise can't run.
 */
export async function openSingleFile(
  source: ModelSource,
  options: SourceOptions & { weightsFile?: string } = {},
): Promise<SingleFileModel | undefined> {
  const split = splitModelFile(source);
  const files = resolveSource(split?.directory ?? source, options);
  const name = split?.file ?? (await chooseFile(files, options.weightsFile));
  if (name === undefined) return undefined;
  // Loaded only for such files: most apps never meet one.
  if (await isGguf(files, name)) return (await import('./gguf/open.ts')).openGguf(files, name);
  return (await import('./llama2c/open.ts')).openLlama2c(files, name);
}

/** By its name, or by how it begins: some call any model `.bin`. */
async function isGguf(files: RepositoryFiles, name: string): Promise<boolean> {
  if (/\.gguf$/i.test(name)) return true;
  const source = await files.open(name);
  const start = await source.read(0, Math.min(4, source.size));
  return new TextDecoder().decode(start) === 'GGUF';
}

async function chooseFile(
  files: RepositoryFiles,
  weightsFile: string | undefined,
): Promise<string | undefined> {
  if (weightsFile !== undefined) return isModelFile(weightsFile) ? weightsFile : undefined;
  const names = await files.list();
  if (!names || names.some((name) => /\.safetensors(?:\.index\.json)?$/.test(name))) return undefined;
  // PyTorch's files are called .bin too; they have a config.json beside them.
  const kinds = names.includes('config.json') ? ['.gguf'] : ['.gguf', '.bin', '.data'];
  for (const kind of kinds) {
    const found = names.filter((name) => name.endsWith(kind) && name !== 'tokenizer.bin').sort();
    if (found.length > 1) {
      throw new LoadError(
        'not-found',
        `There are several ${kind} files in ${files.location}: ${found.join(', ')}; choose one by the option weightsFile`,
      );
    }
    if (found[0] !== undefined) return found[0];
  }
  return undefined;
}
