import { LoadError } from '../errors.ts';
import { SafetensorsCheckpoint } from './safetensors/checkpoint.ts';
import type { RepositoryFiles } from './sources/repository.ts';
import type { Checkpoint } from './types.ts';

const FIRST = 'model.safetensors';

/**
 * Opens the weights of a model: safetensors or, where there are none, the file of PyTorch's `torch.save`.
 *
 * `weightsFile` names such a file or the index of a sharded checkpoint (`….index.json`). Default: `model.safetensors`, else
 * `model.safetensors.index.json`, else the only safetensors file of a source that can be listed, else `pytorch_model.bin` or
 * `pytorch_model.bin.index.json`.
 *
 * Throws `LoadError` if no file or more than one qualifies, and `FormatError` for an invalid file.
 */
export async function openCheckpoint(files: RepositoryFiles, weightsFile?: string): Promise<Checkpoint> {
  if (weightsFile !== undefined) return openFile(files, weightsFile);
  const names = await files.list();
  if (!names) return openUnlisted(files);
  if (names.includes(FIRST)) return openFile(files, FIRST);
  return openFile(files, await (await import('./other-weights.ts')).chooseWeights(files, names));
}

/** Opens a file of weights. All but a single safetensors file is imported on demand. */
async function openFile(files: RepositoryFiles, name: string): Promise<Checkpoint> {
  if (!/\.(?:json|bin)$/.test(name)) return SafetensorsCheckpoint.open(await files.openHeader(name), name);
  return (await import('./other-weights.ts')).openOther(files, name);
}

/** Servers do not list their files. */
async function openUnlisted(files: RepositoryFiles): Promise<Checkpoint> {
  try {
    return await openFile(files, FIRST);
  } catch (error) {
    if (!(error instanceof LoadError && error.reason === 'not-found')) throw error;
  }
  return (await import('./other-weights.ts')).openUnlisted(files);
}
