import { type GenerationDefaults, readGenerationDefaults } from '../generate/defaults.ts';
import { ChatTemplate } from '../text/chat-template.ts';
import { Tokenizer } from '../text/index.ts';
import { openCheckpoint } from '../weights/checkpoint.ts';
import type { RepositoryFiles } from '../weights/sources/repository.ts';
import { type ModelSource, resolveSource, type SourceOptions } from '../weights/sources/resolve.ts';
import type { Checkpoint } from '../weights/types.ts';
import { openSingleFile } from './open-single-file.ts';

/** How the files of a model that generates are found and read. */
export interface OpenGeneratorOptions extends SourceOptions {
  /** Name of the file with the weights: safetensors, the index of several, GGUF, or llama2.c's. Default: see `openCheckpoint`. */
  weightsFile?: string;
}

/** A generating model's files, opened, before its configuration is understood and its weights are read. */
export interface GeneratorFiles {
  readonly configJson: unknown;
  readonly tokenizer: Tokenizer;
  readonly checkpoint: Checkpoint;
  /** How the model wants to generate. */
  readonly defaults: GenerationDefaults;
  readonly chatTemplate: ChatTemplate | undefined;
  /** To be called when all weights are read: sends the last progress event. */
  finish(): void;
}

/**
 * Opens a generating model's files: config.json, tokenizer.json, safetensors and what may lie beside them (generation_config.json,
 * tokenizer_config.json, chat_template.jinja), or a GGUF or llama2.c file that holds it all. Throws `LoadError`, `FormatError` or
 * `ConfigError`.
 */
export async function openGenerator(
  source: ModelSource,
  options: OpenGeneratorOptions = {},
): Promise<GeneratorFiles> {
  const single = await openSingleFile(source, options);
  if (single) {
    const { configJson, tokenizer, tokenizerConfigJson, checkpoint } = single;
    return {
      configJson,
      tokenizer,
      checkpoint,
      defaults: readGenerationDefaults(configJson),
      chatTemplate: ChatTemplate.fromFiles({ tokenizerConfigJson }),
      finish: () => single.finish(),
    };
  }
  const files = resolveSource(source, options);
  files.expect(['config.json', 'tokenizer.json']);
  const configJson = await files.json('config.json');
  const tokenizerJson = await files.json('tokenizer.json');
  const tokenizerConfigJson = await optional(files, 'tokenizer_config.json');
  const generationConfig = await optional(files, 'generation_config.json');
  const chatTemplate = (await files.has('chat_template.jinja'))
    ? await files.text('chat_template.jinja')
    : undefined;
  return {
    configJson,
    tokenizer: Tokenizer.fromFiles({
      tokenizerJson,
      ...(tokenizerConfigJson !== undefined && { tokenizerConfigJson }),
    }),
    checkpoint: await openCheckpoint(files, options.weightsFile),
    defaults: readGenerationDefaults(configJson, generationConfig),
    chatTemplate: ChatTemplate.fromFiles({
      tokenizerConfigJson,
      ...(chatTemplate !== undefined && { chatTemplate }),
    }),
    finish: () => files.finish(),
  };
}

async function optional(files: RepositoryFiles, name: string): Promise<unknown> {
  return (await files.has(name)) ? files.json(name) : undefined;
}
