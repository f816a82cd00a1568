import { LoadError } from '../../errors.ts';
import { loadTokenizer } from '../../text/load-tokenizer.ts';
import { Llama2cCheckpoint } from '../../weights/llama2c/checkpoint.ts';
import { llama2cConfig } from '../../weights/llama2c/config.ts';
import { parseLlama2cTokenizer } from '../../weights/llama2c/tokenizer.ts';
import type { RepositoryFiles } from '../../weights/sources/repository.ts';
import type { SingleFileModel } from '../single-file-model.ts';
import { llama2cTokenizerFiles } from './tokenizer.ts';

const TOKENIZER = 'tokenizer.bin';

/**
 * Opens a model of [llama2.c](https://github.com/karpathy/llama2.c), version 0. The tokenizer follows the weights in the same file, as
 * emscripten packs them, or is the file `tokenizer.bin` beside it.
 *
 * Rejects with `FormatError` for the `Llama2cRule` that a file breaks, and with `LoadError` for a missing file.
 */
export async function openLlama2c(files: RepositoryFiles, name: string): Promise<SingleFileModel> {
  const source = await files.open(name);
  const checkpoint = await Llama2cCheckpoint.open(source, name);
  const { header, weightsEnd } = checkpoint;
  const bytes =
    weightsEnd < source.size
      ? await source.read(weightsEnd, source.size)
      : await tokenizerBeside(files, name);
  const tokenizerFiles = llama2cTokenizerFiles(
    parseLlama2cTokenizer(bytes, header.vocabSize),
    header.sequenceLength,
  );
  return {
    configJson: llama2cConfig(header),
    tokenizer: await loadTokenizer(tokenizerFiles),
    ...tokenizerFiles,
    checkpoint,
    finish: () => files.finish(),
  };
}

async function tokenizerBeside(files: RepositoryFiles, name: string): Promise<Uint8Array> {
  if (await files.has(TOKENIZER)) return files.bytes(TOKENIZER);
  throw new LoadError(
    'not-found',
    `${name} ends with its weights, and there is no ${TOKENIZER} beside it in ${files.location}`,
    { file: TOKENIZER },
  );
}
