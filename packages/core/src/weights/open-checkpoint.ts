import { ConfigError } from '../errors.ts';
import { checkOption, describeValue } from '../options.ts';
import { openCheckpoint as openWeights } from './checkpoint.ts';
import type { RepositoryFiles } from './sources/repository.ts';
import type { Checkpoint } from './types.ts';

/**
 * Opens the weights of a model: safetensors or, where there are none, the file of PyTorch's `torch.save`.
 *
 * `weightsFile` names such a file or the index of a sharded checkpoint (`….index.json`). Default: `model.safetensors`, else
 * `model.safetensors.index.json`, else the only safetensors file of a source that can be listed, else `pytorch_model.bin` or
 * `pytorch_model.bin.index.json`.
 *
 * Throws `LoadError` if no file or more than one qualifies, `FormatError` for an invalid file, and `ConfigError` for other arguments.
 */
export async function openCheckpoint(files: RepositoryFiles, weightsFile?: string): Promise<Checkpoint> {
  if (typeof files?.openHeader !== 'function')
    throw new ConfigError(
      `openCheckpoint: needs the files that resolveSource returns, got ${describeValue(files)}`,
    );
  if (weightsFile !== undefined) checkOption('openCheckpoint', 'weightsFile', weightsFile, 'string');
  return openWeights(files, weightsFile);
}
