import { ConfigError } from '../errors.ts';
import type { GenerateOptions } from '../generate/options.ts';
import type { Generation } from '../generate/result.ts';
import { checkOption } from '../options.ts';
import { showValue } from '../show-value.ts';
import type { CausalLM, ChatOptions } from '../tasks/causal-lm/causal-lm.ts';
import type { Seq2SeqLM } from '../tasks/seq2seq-lm/seq2seq-lm.ts';
import type { SummarizeOptions, TranslateOptions } from '../tasks/seq2seq-lm/task-specific-params.ts';
import type { ChatMessage } from '../text/chat-template.ts';
import { withCoreNames } from './call-options.ts';
import type { GeneratedText } from './generation-types.ts';

/** The texts of a prompt: more than one with `num_return_sequences`. */
const textsOf = (generation: Generation): string[] =>
  [generation, ...(generation.alternatives ?? [])].map(({ text }) => text);

/** Options of a generation with their names in core. What changes no text here is left out. */
function generationOptions(task: string, options: object | undefined): Record<string, unknown> {
  const { padTokenId: _, useCache: __, ...named } = withCoreNames(task, options);
  return named;
}

/**
 * The options with the limit that `max_length` means: the tokens that may follow `before` of the prompt, or of the decoder's start. As in Transformers,
 * `max_new_tokens` comes before it.
 */
function withinLength(
  task: string,
  { maxLength, ...named }: Readonly<Record<string, unknown>>,
  before: () => number,
): Record<string, unknown> {
  if (maxLength === undefined || named.maxNewTokens !== undefined) return named;
  checkOption(task, 'max_length', maxLength, 'count');
  const used = before();
  const maxNewTokens = (maxLength as number) - used;
  if (maxNewTokens > 0) return { ...named, maxNewTokens };
  throw new ConfigError(
    `${task}: max_length counts the prompt too, which has ${used} tokens, got ${maxLength}; max_new_tokens counts new tokens alone`,
  );
}

/** A decoder begins with a token of its own. */
const seq2seqOptions = (task: string, options: object | undefined) =>
  withinLength(task, generationOptions(task, options), () => 1);

const isMessage = (value: unknown): value is ChatMessage =>
  typeof value === 'object' && value !== null && 'role' in value;

type Prompts = string | readonly string[] | readonly ChatMessage[] | readonly (readonly ChatMessage[])[];

export function textGeneration(model: CausalLM) {
  const task = 'text-generation';
  return async (input: Prompts, options?: object) => {
    const { returnFullText = true, ...named } = generationOptions(task, options);
    if (typeof returnFullText !== 'boolean') {
      throw new ConfigError(`${task}: return_full_text must be a boolean, got ${showValue(returnFullText)}`);
    }
    const continued = (prompt: string, generation: Generation): GeneratedText[] =>
      textsOf(generation).map((text) => ({ generated_text: returnFullText ? prompt + text : text }));
    const continueAll = async (prompts: readonly string[]): Promise<Generation[]> => {
      if (named.maxLength === undefined) return model.generate(prompts, named as GenerateOptions);
      const generations: Generation[] = [];
      // Each has room of its own.
      for (const prompt of prompts) {
        const own = withinLength(task, named, () => model.tokenizer.encode(prompt).ids.length);
        generations.push(await model.generate(prompt, own as GenerateOptions));
      }
      return generations;
    };
    const answered = async (messages: readonly ChatMessage[]): Promise<GeneratedText<ChatMessage[]>[]> => {
      if (named.maxLength !== undefined) {
        throw new ConfigError(`${task}: give conversations max_new_tokens instead of max_length`);
      }
      const generation = await model.chat(messages, named as ChatOptions);
      return textsOf(generation).map((content) => ({
        generated_text: [...messages, { role: 'assistant', content }],
      }));
    };
    if (typeof input === 'string') return continued(input, (await continueAll([input]))[0]!);
    const list: readonly unknown[] = Array.isArray(input) ? input : [input];
    if (list.length > 0 && list.every(isMessage)) return answered(list);
    if (list.every((one) => typeof one === 'string')) {
      const generations = await continueAll(list);
      return generations.map((generation, i) => continued(list[i]!, generation));
    }
    if (list.every((one): one is readonly ChatMessage[] => Array.isArray(one) && one.every(isMessage))) {
      const results: GeneratedText<ChatMessage[]>[][] = [];
      for (const messages of list) results.push(await answered(messages));
      return results;
    }
    throw new ConfigError(
      `${task}: expected a string, an array of strings, messages with role and content, or an array of such conversations`,
    );
  };
}

export function text2textGeneration(model: Seq2SeqLM) {
  return async (input: string | readonly string[], options?: object) => {
    const named = seq2seqOptions('text2text-generation', options) as GenerateOptions;
    const generations = await model.generate(listOf(input), named);
    return generations.flatMap(textsOf).map((text) => ({ generated_text: text }));
  };
}

export function summarization(model: Seq2SeqLM) {
  return async (input: string | readonly string[], options?: object) => {
    const named = seq2seqOptions('summarization', options) as SummarizeOptions;
    const generations = await model.summarize(listOf(input), named);
    return generations.flatMap(textsOf).map((text) => ({ summary_text: text }));
  };
}

/** `languages` are those of the task's name, such as `translation_en_to_de`. */
export function translation(model: Seq2SeqLM, languages: TranslateOptions) {
  return async (input: string | readonly string[], options?: object) => {
    const named = { ...languages, ...seq2seqOptions('translation', options) } as TranslateOptions;
    const generations = await model.translate(listOf(input), named);
    return generations.flatMap(textsOf).map((text) => ({ translation_text: text }));
  };
}

const listOf = (input: string | readonly string[]): readonly string[] =>
  typeof input === 'string' ? [input] : input;
