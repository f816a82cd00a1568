import { ConfigError } from '../../errors.ts';
import type { GenerationDefaults, TaskDefaults } from '../../generate/defaults.ts';
import type { GenerateOptions } from '../../generate/options.ts';
import type { Tokenizer } from '../../text/index.ts';

export interface TranslateOptions extends GenerateOptions {
  /** Code of the language to translate from, such as `en`, for models that have to be told both (T5). */
  sourceLanguage?: string;
  /** Code of the language to translate into, such as `de`, for models that know several. */
  targetLanguage?: string;
  /** What to put before the text, in place of what the model's files say. */
  prefix?: string;
}

export interface SummarizeOptions extends GenerateOptions {
  /** What to put before the text, in place of what the model's files say. */
  prefix?: string;
}

/** What goes before a text, and how it is to be generated. */
export interface Prepared {
  readonly prefix: string;
  readonly defaults: GenerationDefaults;
}

/**
 * How a model wants to translate. T5 is told by a prefix, `translate English to German: `, which its config.json holds under
 * `translation_en_to_de`; Marian's models of several languages by a token, `>>de<<`, which stands before the text. Models of a pair of
 * languages are told nothing.
 *
 * Throws `ConfigError` if languages are asked for that the model's files do not know.
 */
export function prepareTranslation(
  tokenizer: Tokenizer,
  defaults: GenerationDefaults,
  { sourceLanguage, targetLanguage, prefix }: TranslateOptions,
): Prepared {
  const tasks = Object.keys(defaults.tasks ?? {}).filter((name) => name.startsWith('translation'));
  if (prefix !== undefined) return { prefix, defaults };
  if (targetLanguage === undefined) {
    if (tasks.length > 1)
      throw new ConfigError(
        `translate: needs sourceLanguage and targetLanguage; the model's files know ${tasks.join(', ')}`,
      );
    return merged(defaults, defaults.tasks?.[tasks[0] ?? '']);
  }
  const token = `>>${targetLanguage}<<`;
  if (tokenizer.tokenToId(token) !== undefined) return { prefix: `${token} `, defaults };
  const task = `translation_${sourceLanguage}_to_${targetLanguage}`;
  if (tasks.includes(task)) return merged(defaults, defaults.tasks?.[task]);
  const known = tasks.length > 0 ? `they know ${tasks.join(', ')}` : 'they name none';
  throw new ConfigError(
    `translate: the model's files have neither a task ${task} nor a token ${token}; ${known}. A prefix can be given by the option prefix`,
  );
}

/** How a model wants to summarise: T5 is told by `summarize: `, and files say how long a summary is (`task_specific_params`). */
export function prepareSummary(defaults: GenerationDefaults, { prefix }: SummarizeOptions): Prepared {
  const prepared = merged(defaults, defaults.tasks?.summarization);
  return prefix === undefined ? prepared : { ...prepared, prefix };
}

function merged(defaults: GenerationDefaults, task: TaskDefaults | undefined): Prepared {
  const { prefix = '', ...own } = task ?? {};
  // A task's longest length goes before a number of tokens that the file sets for all.
  const { maxNewTokens, ...others } = defaults;
  const kept = own.maxLength === undefined && maxNewTokens !== undefined ? { maxNewTokens } : {};
  return { prefix, defaults: { ...others, ...kept, ...own } };
}
