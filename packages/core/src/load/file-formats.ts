import { ConfigError } from '../errors.ts';
import type { RepositoryFiles } from '../weights/sources/repository.ts';
import { openGguf } from './gguf/open.ts';
import { openLlama2c } from './llama2c/open.ts';
import type { SingleFileModel } from './single-file-model.ts';

/** Opens a file by its format. `isNamed`: the source is this file; otherwise it was found in a repository, and undefined means that it has no model. */
export async function openModelFile(
  files: RepositoryFiles,
  name: string,
  isNamed: boolean,
): Promise<SingleFileModel | undefined> {
  if (/\.bin$/i.test(name) && isPyTorch(await startOf(files, name))) {
    if (!isNamed) return undefined;
    throw new ConfigError(
      `source: ${name} holds the weights of PyTorch alone, without configuration and tokenizer; load its directory, with the option weightsFile: '${name}'`,
    );
  }
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
