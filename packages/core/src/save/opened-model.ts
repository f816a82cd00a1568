import { type LoadModelOptions, loadOpened } from '../load/load-model.ts';
import { readRepository } from '../load/open-repository.ts';
import { openSingleFile } from '../load/open-single-file.ts';
import type { SingleFileModel } from '../load/single-file-model.ts';
import { modelTypeOf, SPEECH_TYPES } from '../models/model-types.ts';
import { type ModelSource, repositoryFiles } from '../weights/sources/resolve.ts';
import { splitModelFile } from '../weights/sources/single-file.ts';
import { filesOf, jsonFile, type OpenedModel } from './opened-files.ts';

/** The function that errors name. */
const TASK = 'saveModel';

/** Opens a repository, or a GGUF, llama2.c or whisper.cpp file. Rejects with `LoadError`, `FormatError` or `ConfigError`. */
export async function openModel(source: ModelSource, options: LoadModelOptions): Promise<OpenedModel> {
  if (await isWhisperCpp(source, options)) return openSpeechModel(source, options);
  const single = await openSingleFile(source, options);
  if (single) {
    return {
      configJson: single.configJson,
      load: (options) => loadOpened(TASK, source, options, single),
      otherFiles: () => filesBeside(single),
    };
  }
  const files = repositoryFiles(source, options);
  const repository = await readRepository(files, options);
  const modelType = modelTypeOf(repository.configJson);
  if (SPEECH_TYPES.some((known) => known === modelType)) return openSpeechModel(source, options);
  return {
    configJson: files.opened.includes('config.json')
      ? (repository.configJson as Readonly<Record<string, unknown>>)
      : undefined,
    load: (options) => loadOpened(TASK, source, options, repository),
    otherFiles: (keepsWeights) => filesOf(files, keepsWeights),
  };
}

/** Imported on demand: most models are of text. */
async function openSpeechModel(source: ModelSource, options: LoadModelOptions): Promise<OpenedModel> {
  const { openSpeech } = await import('../speech/open-speech.ts');
  const { openedSpeech } = await import('./opened-speech.ts');
  return openedSpeech(await openSpeech(source, options));
}

/** llama2.c's files end in `.bin` too. */
async function isWhisperCpp(source: ModelSource, options: LoadModelOptions): Promise<boolean> {
  const split = splitModelFile(source);
  const name = split?.file ?? options.weightsFile;
  if (name === undefined || !/\.bin$/i.test(name) || name.startsWith('pytorch_model')) return false;
  const { isGgml } = await import('../weights/ggml/header.ts');
  return isGgml(await repositoryFiles(split?.directory ?? source, options).open(name));
}

/** The files that a repository has in place of a single file. */
async function* filesBeside({ tokenizerJson, tokenizerConfigJson, configJson, pooling }: SingleFileModel) {
  yield jsonFile('tokenizer.json', tokenizerJson);
  // Its components are those of the file: they must not be made anew from those of a class.
  yield jsonFile('tokenizer_config.json', {
    ...tokenizerConfigJson,
    tokenizer_class: 'PreTrainedTokenizerFast',
  });
  if (pooling === undefined) return;
  const module = (kind: string, idx: number, path: string) => ({
    idx,
    name: String(idx),
    path,
    type: `sentence_transformers.models.${kind}`,
  });
  yield jsonFile('modules.json', [
    module('Transformer', 0, ''),
    module('Pooling', 1, '1_Pooling'),
    module('Normalize', 2, '2_Normalize'),
  ]);
  yield jsonFile('1_Pooling/config.json', {
    word_embedding_dimension: configJson.hidden_size,
    pooling_mode_cls_token: pooling === 'cls',
    pooling_mode_mean_tokens: pooling === 'mean',
  });
}
