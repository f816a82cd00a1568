import { ConfigError } from '../../errors.ts';
import type { GenerationDefaults, TaskDefaults } from '../../generate/defaults.ts';
import type { GenerateOptions } from '../../generate/options.ts';
import type { Tokenizer } from '../../text/tokenizer.ts';
import type { LanguageTokens } from './languages.ts';

export interface TranslateOptions extends GenerateOptions {
  /**
   * Code of the source language, for models that need both languages: `en` for T5 and M2M100, `eng_Latn` for NLLB, `en_XX` for mBART. Default: as
   * in the model's files (`src_lang`), else English.
   */
  sourceLanguage?: string;
  /** Code of the target language, for models with several: `de`, `kor_Hang` (NLLB), `ko_KR` (mBART). Default: as in the model's files. */
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
  /** The language of the source, for models with language tokens. Default: that of the model's files. */
  readonly sourceLanguage?: string;
}

/**
 * Parameters of translation. T5 uses a prefix such as `translate English to German: `, `task_specific_params.translation_en_to_de` of its
 * config.json. Multilingual Marian models use a language token such as `>>de<<` before the text. NLLB, M2M100 and mBART have a language token
 * beside the source, and one that the target begins with (`forcedBosTokenId`). Models of a single language pair use no prefix.
 *
 * Throws `ConfigError` for languages that the model's files do not define.
 */
export function translationParams(
  tokenizer: Tokenizer,
  defaults: GenerationDefaults,
  { sourceLanguage, targetLanguage, prefix }: TranslateOptions,
  languages?: LanguageTokens,
): TaskParams {
  if (languages) {
    const forced = targetLanguage ?? languages.target;
    if (forced === undefined && defaults.forcedBosTokenId === undefined) {
      throw new ConfigError(
        `translate: needs targetLanguage, a code such as ${languages.source}; sourceLanguage is ${languages.source} by default`,
      );
    }
    return {
      prefix: prefix ?? '',
      defaults: forced === undefined ? defaults : { ...defaults, forcedBosTokenId: languages.id(forced) },
      ...(sourceLanguage !== undefined && { sourceLanguage }),
    };
  }
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
