import { ConfigError, HeadwiseError, TemplateError } from '../errors.ts';
import { checkOption, checkOptions, type OptionNames } from '../options.ts';
import type { JinjaTemplate } from './jinja/template.ts';
import { isObject } from './json/component.ts';
import { namedTokens } from './side-files.ts';

/** One message of a conversation. Templates may use further fields. */
export interface ChatMessage {
  /** `system`, `user`, `assistant`, `tool` or another role that the template supports. */
  readonly role: string;
  readonly content: string | readonly ChatContentPart[] | null;
  readonly [field: string]: unknown;
}

/** A content part, for templates that support messages of several parts. */
export interface ChatContentPart {
  readonly type: string;
  readonly [field: string]: unknown;
}

export interface ChatTemplateOptions {
  /** Tools that the model may call, as JSON schemas; passed to the template unchanged. */
  tools?: readonly unknown[];
  /** Documents for retrieval-augmented generation; passed to the template unchanged. */
  documents?: readonly unknown[];
  /** Whether to append the tokens that begin an assistant message. Default: true. */
  addGenerationPrompt?: boolean;
  /** Name of the template to use if there are several. Default: `tool_use` if `tools` are given and that template exists, else `default`. */
  template?: string;
  /** Further template variables, for example `{ enable_thinking: false }`. */
  variables?: Readonly<Record<string, unknown>>;
  /** Steps that the template may take: evaluated expressions, and work on long texts and lists. Default: 2,000,000, about a second. */
  maxTemplateSteps?: number;
  /** Length of the longest text that the template may make, in UTF-16 units. Default: 16 Mi. */
  maxTemplateLength?: number;
  /**
   * Aborts the rendering: `render` then rejects with the signal's reason. Checked before it and, in long renderings, about every 20 milliseconds at the
   * beginning of a statement, but not in a macro that is called within a larger expression, which ends by `maxTemplateSteps` alone.
   */
  signal?: AbortSignal;
}

const TEMPLATE_OPTIONS = {
  tools: true,
  documents: true,
  addGenerationPrompt: 'boolean',
  template: 'string',
  variables: 'object',
  maxTemplateSteps: 'numeric',
  maxTemplateLength: 'numeric',
  signal: 'signal',
} satisfies OptionNames<ChatTemplateOptions>;

/** The files of a model that may contain chat templates. */
export interface ChatTemplateFiles {
  /** tokenizer_config.json, parsed: `chat_template` and the special tokens, those of `extra_special_tokens` by name among them. */
  readonly tokenizerConfigJson?: unknown;
  /** chat_template.jinja: the default template. */
  readonly chatTemplate?: string;
  /**
   * The files of `additional_chat_templates`, by their names without `.jinja`; one named `default` comes before chat_template.jinja. With any file,
   * templates of tokenizer_config.json are not used.
   */
  readonly additionalChatTemplates?: Readonly<Record<string, string>>;
}

/**
 * Renders conversations as a prompt with a model's Jinja chat template, as Hugging Face's `apply_chat_template` does. Templates have the
 * variables `messages`, `tools`, `documents`, `add_generation_prompt` and the special tokens (`bos_token` etc.), and the functions
 * `raise_exception` and `strftime_now`.
 */
export class ChatTemplate {
  readonly #sources: ReadonlyMap<string, string>;
  readonly #specialTokens: Readonly<Record<string, string>>;
  readonly #compiled = new Map<string, JinjaTemplate>();

  private constructor(sources: ReadonlyMap<string, string>, specialTokens: Readonly<Record<string, string>>) {
    this.#sources = sources;
    this.#specialTokens = specialTokens;
  }

  /** Undefined if the files contain no template. Throws `ConfigError` if `chat_template` is neither a string nor a list of named templates. */
  static fromFiles(files: ChatTemplateFiles): ChatTemplate | undefined {
    const { tokenizerConfigJson, chatTemplate, additionalChatTemplates } = files ?? {};
    const config = tokenizerConfigJson ?? {};
    if (!isObject(config)) throw new ConfigError('ChatTemplate: tokenizer_config.json must be an object');
    const sources = new Map<string, string>();
    if (chatTemplate !== undefined) sources.set('default', chatTemplate);
    for (const entry of Object.entries(additionalChatTemplates ?? {})) sources.set(...entry);
    for (const [name, source] of sources)
      checkOption('ChatTemplate', `the template ${name}`, source, 'string');
    if (sources.size === 0) for (const entry of readTemplates(config.chat_template)) sources.set(...entry);
    return sources.size === 0 ? undefined : new ChatTemplate(sources, readSpecialTokens(config));
  }

  /** A chat template from Jinja source. `specialTokens` are variables such as `bos_token`. */
  static fromSource(source: string, specialTokens: Readonly<Record<string, string>> = {}): ChatTemplate {
    if (typeof source !== 'string')
      throw new ConfigError(
        `chat template: the source must be a string, got ${source === null ? 'null' : typeof source}`,
      );
    return new ChatTemplate(new Map([['default', source]]), specialTokens);
  }

  /** Names of the templates. */
  get names(): readonly string[] {
    return [...this.#sources.keys()];
  }

  /** Whether a template has the variable `tools`, by which it tells the model of tools. */
  get takesTools(): boolean {
    return [...this.#sources.values()].some((source) => /\btools\b/.test(source));
  }

  /**
   * Renders a conversation.
   *
   * Rejects with `TemplateError` if the template cannot be parsed or fails, including its own `raise_exception`, and with `ConfigError`
   * for invalid messages and an unknown template name.
   */
  async render(messages: readonly ChatMessage[], options: ChatTemplateOptions = {}): Promise<string> {
    checkOptions('render', options, TEMPLATE_OPTIONS);
    checkMessages(messages);
    checkLimits(options);
    const { tools, documents, addGenerationPrompt = true, variables, signal } = options;
    const { maxTemplateSteps: maxSteps, maxTemplateLength: maxLength } = options;
    signal?.throwIfAborted();
    const template = await this.#compile(options);
    signal?.throwIfAborted();
    try {
      const values = {
        ...this.#specialTokens,
        messages,
        tools: tools ?? null,
        documents: documents ?? null,
        add_generation_prompt: addGenerationPrompt,
        ...variables,
      };
      return await template.renderAsync(values, { maxSteps, maxLength }, signal);
    } catch (error) {
      signal?.throwIfAborted();
      // The interpreter's own errors have no word of where they are from.
      if (error instanceof HeadwiseError && error.code !== 'ERR_TEMPLATE') throw error;
      throw new TemplateError(`chat template: ${(error as Error).message}`, { cause: error });
    }
  }

  async #compile({ template, tools }: ChatTemplateOptions): Promise<JinjaTemplate> {
    const name = template ?? (tools && this.#sources.has('tool_use') ? 'tool_use' : 'default');
    const source = this.#sources.get(name);
    if (source === undefined)
      throw new ConfigError(
        `chat template: no template is named ${JSON.stringify(name)}; available: ${this.names.join(', ')}`,
      );
    let compiled = this.#compiled.get(name);
    if (compiled) return compiled;
    // Imported on first use, so that apps without chat do not load it.
    const { JinjaTemplate } = await import('./jinja/template.ts');
    try {
      compiled = new JinjaTemplate(source);
    } catch (error) {
      throw new TemplateError(`chat template: syntax error: ${(error as Error).message}`, {
        cause: error,
      });
    }
    this.#compiled.set(name, compiled);
    return compiled;
  }
}

/** `chat_template` of tokenizer_config.json: one template or a list of named ones. */
function readTemplates(value: unknown): Map<string, string> {
  if (value === undefined || value === null) return new Map();
  if (typeof value === 'string') return new Map([['default', value]]);
  const list = isObject(value)
    ? Object.entries(value).map(([name, template]) => ({ name, template }))
    : value;
  const entries = Array.isArray(list)
    ? list.map((item: unknown) => {
        const { name, template } = isObject(item) ? item : {};
        return [name, template] as const;
      })
    : [];
  if (entries.length === 0 || entries.some((entry) => entry.some((part) => typeof part !== 'string'))) {
    throw new ConfigError(
      'tokenizer_config.json: chat_template must be a string or a list of named templates',
    );
  }
  return new Map(entries as [string, string][]);
}

/** The special tokens that have names, each a string or an object with `content`. */
function readSpecialTokens(config: Readonly<Record<string, unknown>>): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [name, value] of namedTokens(config)) {
    const content = isObject(value) ? value.content : value;
    if (typeof content === 'string') found[name] = content;
  }
  return found;
}

/** Checks the range of the limits, which {@link TEMPLATE_OPTIONS} leaves to this function. */
function checkLimits(options: ChatTemplateOptions): void {
  for (const name of ['maxTemplateSteps', 'maxTemplateLength'] as const) {
    const value = options[name];
    if (value !== undefined && !(value >= 1))
      throw new ConfigError(`chat: ${name} must be a number of at least 1, got ${value}`);
  }
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
