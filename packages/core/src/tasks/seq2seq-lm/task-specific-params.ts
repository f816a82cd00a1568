import { ConfigError } from '../../errors.ts';
import type { GenerationDefaults, TaskDefaults } from '../../generate/defaults.ts';
import type { GenerateOptions } from '../../generate/options.ts';
import type { Tokenizer } from '../../text/tokenizer.ts';

export interface TranslateOptions extends GenerateOptions {
  /** Code of the source language, for example `en`, for models that need both languages (T5). */
  sourceLanguage?: string;
  /** Code of the target language, for example `de`, for models with several. */
  targetLanguage?: string;
  /** Text to put before the source. Default: as in the model's files. */
  prefix?: string;
}

export interface SummarizeOptions extends GenerateOptions {
  /** Text to put before the source. Default: as in the model's files. */
  prefix?: string;
}

/** Prefix and generation defaults of a task. */
export interface TaskParams {
  /** Text to put before the source. */
  readonly prefix: string;
  readonly defaults: GenerationDefaults;
}

/**
 * Parameters of translation. T5 uses a prefix such as `translate English to German: `, `task_specific_params.translation_en_to_de` of its
 * config.json. Multilingual Marian models use a language token such as `>>de<<` before the text. Models of a single language pair use
 * no prefix.
 *
 * Throws `ConfigError` for languages that the model's files do not define.
 */
export function translationParams(
  tokenizer: Tokenizer,
  defaults: GenerationDefaults,
  { sourceLanguage, targetLanguage, prefix }: TranslateOptions,
): TaskParams {
  const tasks = Object.keys(defaults.tasks ?? {}).filter((name) => name.startsWith('translation'));
  if (prefix !== undefined) return { prefix, defaults };
  if (targetLanguage === undefined) {
    if (tasks.length > 1)
      throw new ConfigError(
        `translate: needs sourceLanguage and targetLanguage; the model's files define ${tasks.join(', ')}`,
      );
    return mergeTask(defaults, defaults.tasks?.[tasks[0] ?? '']);
  }
  const token = `>>${targetLanguage}<<`;
  if (tokenizer.tokenToId(token) !== undefined) return { prefix: `${token} `, defaults };
  const task = `translation_${sourceLanguage}_to_${targetLanguage}`;
  if (tasks.includes(task)) return mergeTask(defaults, defaults.tasks?.[task]);
  const defined = tasks.length > 0 ? `they define ${tasks.join(', ')}` : 'they define no translation task';
  throw new ConfigError(
    `translate: the model's files have neither a task ${task} nor a token ${token}; ${defined}. Another prefix can be passed as the option prefix`,
  );
}

/** Parameters of summarization: `task_specific_params.summarization` of config.json, for T5 with the prefix `summarize: `. */
export function summarizationParams(defaults: GenerationDefaults, { prefix }: SummarizeOptions): TaskParams {
  const params = mergeTask(defaults, defaults.tasks?.summarization);
  return prefix === undefined ? params : { ...params, prefix };
}

function mergeTask(defaults: GenerationDefaults, task: TaskDefaults | undefined): TaskParams {
  const { prefix = '', ...taskDefaults } = task ?? {};
  // The task's maxLength overrides the maxNewTokens for all tasks.
  const { maxNewTokens, ...others } = defaults;
  const limit = taskDefaults.maxLength === undefined && maxNewTokens !== undefined ? { maxNewTokens } : {};
  return { prefix, defaults: { ...others, ...limit, ...taskDefaults } };
}
