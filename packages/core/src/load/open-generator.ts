import { type GenerationDefaults, readGenerationDefaults } from '../generate/defaults.ts';
import type { ModelKind } from '../models/model-types.ts';
import type { OptionNames } from '../options.ts';
import { ChatTemplate, type ChatTemplateFiles } from '../text/chat-template.ts';
import { loadGeneratorTokenizer } from '../text/load-generator-tokenizer.ts';
import type { Tokenizer } from '../text/tokenizer.ts';
import { openCheckpoint } from '../weights/checkpoint.ts';
import type { RepositoryFiles } from '../weights/sources/repository.ts';
import { type ModelSource, SOURCE_OPTIONS, type SourceOptions } from '../weights/sources/resolve.ts';
import type { Checkpoint, WeightAdapter } from '../weights/types.ts';
import type { ComputeOptions } from './load-weights.ts';
import { checkModelKind, type ModelRepository, openRepository } from './open-repository.ts';
import { openSingleFile } from './open-single-file.ts';
import { readTokenizerFiles } from './open-tokenizer.ts';
import { readQuantized } from './read-quantized.ts';
import type { SingleFileModel } from './single-file-model.ts';

/** How the files of a generating model are found and read. */
export interface OpenGeneratorOptions extends SourceOptions {
  /** Name of the file with the weights: safetensors, the index of several, GGUF, or llama2.c's. Default: see `openCheckpoint`. */
  weightsFile?: string;
  /** A low-rank adapter that is merged into the weights: see `loadAdapter` of `@headwise/core/train`. */
  adapter?: WeightAdapter;
}

/** The names of {@link OpenGeneratorOptions}. */
export const OPEN_GENERATOR_OPTIONS = {
  weightsFile: 'string',
  adapter: 'object',
  ...SOURCE_OPTIONS,
} satisfies OptionNames<OpenGeneratorOptions>;

/** Options of `loadCausalLM` and `loadSeq2SeqLM`. */
export interface LoadGeneratorOptions extends OpenGeneratorOptions, ComputeOptions {}

/** A generating model's files, opened, before its configuration is parsed and its weights are read. */
export interface GeneratorFiles {
  readonly configJson: unknown;
  readonly tokenizer: Tokenizer;
  readonly checkpoint: Checkpoint;
  /** The model's generation defaults. */
  readonly defaults: GenerationDefaults;
  readonly chatTemplate: ChatTemplate | undefined;
  /** tokenizer_config.json, parsed; undefined if there is none. */
  readonly tokenizerConfigJson: unknown;
  /** To be called once all weights are read: sends the last progress event. */
  finish(): void;
}

/**
 * Opens a generating model's files: config.json, tokenizer.json, safetensors and the optional generation_config.json, tokenizer_config.json
 * and chat_template.jinja, or a GGUF or llama2.c file that holds them all. `opened` is what `source` leads to if that is known already.
 *
 * Rejects with `LoadError`, `FormatError` or `ConfigError`, for a model of another kind than `kind` too.
 */
export async function openGenerator(
  task: string,
  kind: Exclude<ModelKind, 'encoder'>,
  source: ModelSource,
  options: OpenGeneratorOptions,
  opened?: ModelRepository | SingleFileModel,
): Promise<GeneratorFiles> {
  const found =
    opened ??
    (await openSingleFile(source, options)) ??
    (await openRepository(source, options, GENERATOR_FILES));
  checkModelKind(task, found.configJson, kind);
  const files =
    'files' in found ? await readQuantized(await repositoryFiles(found, options)) : singleFile(found);
  return { ...files, checkpoint: options.adapter?.mergeInto(files.checkpoint) ?? files.checkpoint };
}

function singleFile(single: SingleFileModel): GeneratorFiles {
  const { configJson, tokenizer, tokenizerConfigJson, checkpoint } = single;
  return {
    configJson,
    tokenizer,
    checkpoint,
    defaults: readGenerationDefaults(configJson),
    chatTemplate: ChatTemplate.fromFiles({ tokenizerConfigJson }),
    tokenizerConfigJson,
    finish: () => single.finish(),
  };
}

async function repositoryFiles(
  { files, configJson }: ModelRepository,
  { weightsFile }: OpenGeneratorOptions,
): Promise<GeneratorFiles> {
  files.prefetch(GENERATOR_FILES);
  const tokenizerFiles = await readTokenizerFiles(files, configJson);
  const { tokenizerConfigJson } = tokenizerFiles;
  const generationConfig = await files.optionalJson('generation_config.json');
  return {
    configJson,
    tokenizer: await loadGeneratorTokenizer(tokenizerFiles),
    checkpoint: await openCheckpoint(files, weightsFile),
    defaults: readGenerationDefaults(configJson, generationConfig),
    chatTemplate: ChatTemplate.fromFiles({ tokenizerConfigJson, ...(await readChatTemplates(files)) }),
    tokenizerConfigJson,
    finish: () => files.finish(),
  };
}

/** Files that generating models may have besides those of all models. */
const GENERATOR_FILES = ['generation_config.json', 'chat_template.jinja'];

const TEMPLATE_FOLDER = 'additional_chat_templates/';
/** Names of templates on the hub, which are looked for beside chat_template.jinja: not every source lists the files of its folders. */
const TEMPLATE_NAMES = ['tool_use', 'rag'];

/** chat_template.jinja, and `additional_chat_templates/*.jinja`, as `save_pretrained` writes them. */
async function readChatTemplates(files: RepositoryFiles): Promise<ChatTemplateFiles> {
  const listed = await files.list();
  const hasDefault = await files.has('chat_template.jinja');
  const usual = hasDefault ? TEMPLATE_NAMES.map((name) => `${TEMPLATE_FOLDER}${name}.jinja`) : [];
  files.prefetch(usual);
  const candidates = listed?.filter((file) => /^additional_chat_templates\/[^/]+\.jinja$/.test(file)) ?? [];
  const additional: [string, string][] = [];
  for (const file of new Set([...candidates, ...usual])) {
    if (!(await files.has(file))) continue;
    additional.push([file.slice(TEMPLATE_FOLDER.length, -'.jinja'.length), await files.text(file)]);
  }
  return {
    ...(hasDefault && { chatTemplate: await files.text('chat_template.jinja') }),
    additionalChatTemplates: Object.fromEntries(additional),
  };
}
