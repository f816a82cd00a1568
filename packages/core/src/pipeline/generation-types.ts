import type { GenerateOptions } from '../generate/options.ts';
import type { ChatMessage } from '../text/chat-template.ts';

/** `maxNewTokens` as `max_new_tokens`. */
export type SnakeCase<Name extends string> = Name extends `${infer First}${infer Rest}`
  ? `${First extends Lowercase<First> ? First : `_${Lowercase<First>}`}${SnakeCase<Rest>}`
  : Name;

/** Options with their names in snake case. */
export type SnakeCased<Options> = {
  [Name in keyof Options as Name extends string ? SnakeCase<Name> : Name]: Options[Name];
};

/** Options of core's `generate`, in the spelling of Hugging Face; that of core is accepted too. */
export interface GenerationOptions extends SnakeCased<GenerateOptions>, GenerateOptions {
  /** Maximum tokens of the prompt and the text, or of an encoder–decoder's text with the decoder's start token. `max_new_tokens` comes before it. */
  max_length?: number;
  /** Accepted without an effect: no text depends on it here. */
  pad_token_id?: number;
  /** Accepted without an effect, as `pad_token_id`. */
  use_cache?: boolean;
}

export interface TextGenerationOptions extends GenerationOptions {
  /** Whether the text begins with the prompt. Default: true; conversations are always returned whole. */
  return_full_text?: boolean;
  /** Jinja template that replaces the model's. */
  chat_template?: string;
  tools?: readonly unknown[];
  documents?: readonly unknown[];
}

/** A text, or a conversation with the answer as its last message. */
export interface GeneratedText<Text = string> {
  readonly generated_text: Text;
}

/** Of each prompt one text, or `num_return_sequences`. */
export interface TextGeneration {
  (prompt: string, options?: TextGenerationOptions): Promise<GeneratedText[]>;
  (prompts: readonly string[], options?: TextGenerationOptions): Promise<GeneratedText[][]>;
  (
    messages: readonly ChatMessage[],
    options?: TextGenerationOptions,
  ): Promise<GeneratedText<ChatMessage[]>[]>;
  (
    conversations: readonly (readonly ChatMessage[])[],
    options?: TextGenerationOptions,
  ): Promise<GeneratedText<ChatMessage[]>[][]>;
}

/** A text for each source, or `num_return_sequences`, one after the other. */
export type Text2TextGeneration = (
  texts: string | readonly string[],
  options?: GenerationOptions,
) => Promise<GeneratedText[]>;

export interface SummarizedText {
  readonly summary_text: string;
}

export type Summarization = (
  texts: string | readonly string[],
  options?: GenerationOptions,
) => Promise<SummarizedText[]>;

export interface TranslationOptions extends GenerationOptions {
  /** Code of the source language, see core's `sourceLanguage`. Default: as in the model's files, or in the name of the task. */
  src_lang?: string;
  /** Code of the target language. */
  tgt_lang?: string;
}

export interface TranslatedText {
  readonly translation_text: string;
}

export type Translation = (
  texts: string | readonly string[],
  options?: TranslationOptions,
) => Promise<TranslatedText[]>;
