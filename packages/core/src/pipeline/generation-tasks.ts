import { ConfigError } from '../errors.ts';
import type { GenerateOptions } from '../generate/options.ts';
import type { Generation } from '../generate/result.ts';
import type { CausalLM, ChatOptions } from '../tasks/causal-lm/causal-lm.ts';
import type { Seq2SeqLM } from '../tasks/seq2seq-lm/seq2seq-lm.ts';
import type { SummarizeOptions, TranslateOptions } from '../tasks/seq2seq-lm/task-specific-params.ts';
import type { ChatMessage } from '../text/chat-template.ts';
import { withCoreNames } from './call-options.ts';
import type { GeneratedText } from './generation-types.ts';

/** The texts of a prompt: more than one with `num_return_sequences`. */
const textsOf = (generation: Generation): string[] =>
  [generation, ...(generation.alternatives ?? [])].map(({ text }) => text);

const isMessage = (value: unknown): value is ChatMessage =>
  typeof value === 'object' && value !== null && 'role' in value;

type Prompts = string | readonly string[] | readonly ChatMessage[] | readonly (readonly ChatMessage[])[];

export function textGeneration(model: CausalLM) {
  const task = 'text-generation';
  return async (input: Prompts, options?: object) => {
    const { returnFullText = true, ...named } = withCoreNames(task, options);
    if (typeof returnFullText !== 'boolean') {
      throw new ConfigError(
        `${task}: return_full_text must be a boolean, got ${JSON.stringify(returnFullText)}`,
      );
    }
    const continued = (prompt: string, generation: Generation): GeneratedText[] =>
      textsOf(generation).map((text) => ({ generated_text: returnFullText ? prompt + text : text }));
    const answered = async (messages: readonly ChatMessage[]): Promise<GeneratedText<ChatMessage[]>[]> => {
      const generation = await model.chat(messages, named as ChatOptions);
      return textsOf(generation).map((content) => ({
        generated_text: [...messages, { role: 'assistant', content }],
      }));
    };
    if (typeof input === 'string')
      return continued(input, await model.generate(input, named as GenerateOptions));
    const list: readonly unknown[] = Array.isArray(input) ? input : [input];
    if (list.length > 0 && list.every(isMessage)) return answered(list);
    if (list.every((one) => typeof one === 'string')) {
      const generations = await model.generate(list, named as GenerateOptions);
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
    const named = withCoreNames('text2text-generation', options) as GenerateOptions;
    const generations = await model.generate(listOf(input), named);
    return generations.flatMap(textsOf).map((text) => ({ generated_text: text }));
  };
}

export function summarization(model: Seq2SeqLM) {
  return async (input: string | readonly string[], options?: object) => {
    const named = withCoreNames('summarization', options) as SummarizeOptions;
    const generations = await model.summarize(listOf(input), named);
    return generations.flatMap(textsOf).map((text) => ({ summary_text: text }));
  };
}

/** `languages` are those of the task's name, such as `translation_en_to_de`. */
export function translation(model: Seq2SeqLM, languages: TranslateOptions) {
  return async (input: string | readonly string[], options?: object) => {
    const named = { ...languages, ...withCoreNames('translation', options) } as TranslateOptions;
    const generations = await model.translate(listOf(input), named);
    return generations.flatMap(textsOf).map((text) => ({ translation_text: text }));
  };
}

const listOf = (input: string | readonly string[]): readonly string[] =>
  typeof input === 'string' ? [input] : input;
