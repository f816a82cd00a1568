import type { Template } from '@huggingface/jinja';
import { ConfigError, TemplateError } from '../errors.ts';

/** One message of a conversation. Templates may know of more fields than these. */
export interface ChatMessage {
  /** Who speaks: `system`, `user`, `assistant`, `tool`, or whatever the model's template knows. */
  readonly role: string;
  readonly content: string | readonly ChatContentPart[] | null;
  readonly [field: string]: unknown;
}

/** A part of a message, for templates that take several. */
export interface ChatContentPart {
  readonly type: string;
  readonly [field: string]: unknown;
}

export interface ChatTemplateOptions {
  /** Tools that the model may call, as JSON schemas; handed to the template as they are. */
  tools?: readonly unknown[];
  /** Documents to answer from; handed to the template as they are. */
  documents?: readonly unknown[];
  /** Whether to end with what begins the assistant's answer. Default: true. */
  addGenerationPrompt?: boolean;
  /** Of several templates, the name of the one to use. Default: `tool_use` if there are tools and such a template, else `default`. */
  template?: string;
  /** Further variables of the template, for example `{ enable_thinking: false }`. */
  variables?: Readonly<Record<string, unknown>>;
}

/** Where a model's files keep its chat templates. */
export interface ChatTemplateFiles {
  /** tokenizer_config.json: its `chat_template` and the spellings of special tokens. */
  readonly tokenizerConfigJson?: unknown;
  /** chat_template.jinja: in place of the default one. */
  readonly chatTemplate?: string;
}

/**
 * Turns conversations into the text that a chat model was trained on, by the template that comes with it: Jinja, as in Hugging Face's
 * `apply_chat_template`. Templates see `messages`, `tools`, `documents`, `add_generation_prompt`, the special tokens (`bos_token` and so
 * on), `raise_exception` and `strftime_now`.
 */
export class ChatTemplate {
  readonly #sources: ReadonlyMap<string, string>;
  readonly #specialTokens: Readonly<Record<string, string>>;
  readonly #parsed = new Map<string, Template>();

  private constructor(sources: ReadonlyMap<string, string>, specialTokens: Readonly<Record<string, string>>) {
    this.#sources = sources;
    this.#specialTokens = specialTokens;
  }

  /** Undefined if the files have no template. Throws `ConfigError` if they have something else in its place. */
  static fromFiles(files: ChatTemplateFiles): ChatTemplate | undefined {
    const config = (files.tokenizerConfigJson ?? {}) as Readonly<Record<string, unknown>>;
    const sources = sourcesOf(config.chat_template);
    if (files.chatTemplate !== undefined) sources.set('default', files.chatTemplate);
    return sources.size === 0 ? undefined : new ChatTemplate(sources, specialTokensOf(config));
  }

  /** A template of your own. `specialTokens` are variables such as `bos_token`. */
  static fromSource(source: string, specialTokens: Readonly<Record<string, string>> = {}): ChatTemplate {
    return new ChatTemplate(new Map([['default', source]]), specialTokens);
  }

  /** Names of the templates. */
  get names(): readonly string[] {
    return [...this.#sources.keys()];
  }

  /**
   * The text of a conversation. Rejects with `TemplateError` for a template that cannot be read or run, and with its own words if it refuses the
   * messages; `ConfigError` for what are no messages and for the name of a template that is not there.
   */
  async render(messages: readonly ChatMessage[], options: ChatTemplateOptions = {}): Promise<string> {
    checkMessages(messages);
    const { tools, documents, addGenerationPrompt = true, variables } = options;
    const template = await this.#template(options);
    try {
      return template.render({
        ...this.#specialTokens,
        messages,
        ...(tools && { tools }),
        ...(documents && { documents }),
        add_generation_prompt: addGenerationPrompt,
        ...variables,
      });
    } catch (error) {
      throw new TemplateError(`chat template: ${(error as Error).message}`, { cause: error });
    }
  }

  async #template({ template, tools }: ChatTemplateOptions): Promise<Template> {
    const name = template ?? (tools && this.#sources.has('tool_use') ? 'tool_use' : 'default');
    const source = this.#sources.get(name);
    if (source === undefined)
      throw new ConfigError(
        `chat template: there is none named ${JSON.stringify(name)}; there are ${this.names.join(', ')}`,
      );
    let parsed = this.#parsed.get(name);
    if (parsed) return parsed;
    // Read only now, so that an app that never chats need not load it.
    const { Template } = await import('@huggingface/jinja');
    try {
      parsed = new Template(source);
    } catch (error) {
      throw new TemplateError(`chat template: it cannot be read: ${(error as Error).message}`, {
        cause: error,
      });
    }
    this.#parsed.set(name, parsed);
    return parsed;
  }
}

/** `chat_template` of tokenizer_config.json: a template, or several with names. */
function sourcesOf(value: unknown): Map<string, string> {
  if (value === undefined || value === null) return new Map();
  if (typeof value === 'string') return new Map([['default', value]]);
  const entries = Array.isArray(value)
    ? value.map((item: unknown) => {
        const { name, template } = (typeof item === 'object' && item !== null ? item : {}) as Record<
          string,
          unknown
        >;
        return [name, template] as const;
      })
    : [];
  if (entries.length === 0 || entries.some((entry) => entry.some((part) => typeof part !== 'string'))) {
    throw new ConfigError(
      'tokenizer_config.json: chat_template must be a string or a list of templates with names',
    );
  }
  return new Map(entries as [string, string][]);
}

/** `bos_token` and the like, each a string or an object with `content`. */
function specialTokensOf(config: Readonly<Record<string, unknown>>): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [name, value] of Object.entries(config)) {
    if (!name.endsWith('_token')) continue;
    const content =
      typeof value === 'object' && value !== null ? (value as { content?: unknown }).content : value;
    if (typeof content === 'string') found[name] = content;
  }
  return found;
}

function checkMessages(messages: readonly ChatMessage[]): void {
  if (!Array.isArray(messages)) throw new ConfigError('chat: messages must be an array');
  const wrong = messages.findIndex(
    (message: unknown) =>
      typeof message !== 'object' ||
      message === null ||
      typeof (message as { role?: unknown }).role !== 'string',
  );
  if (wrong >= 0) throw new ConfigError(`chat: message ${wrong} must be an object with a role`);
}
