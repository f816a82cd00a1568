import { isObject } from './json/component.ts';

/** A tool as chat templates read it, and as OpenAI's API has it. */
export interface ToolDefinition {
  readonly type: 'function';
  readonly function: {
    readonly name: string;
    readonly description?: string;
    /** JSON schema of the arguments. */
    readonly parameters?: unknown;
  };
}

/** A call of a tool in a generated text. */
export interface ToolCall {
  readonly name: string;
  /** The JSON of an object. */
  readonly arguments: string;
}

/** A part of an answer: text, or a call. */
export type AnswerPart = string | ToolCall;

/** A generated text or a piece of one, as far as calls are read from it. */
export interface AnswerText {
  readonly text: string;
  readonly tokens: readonly { readonly token: string; readonly text: string }[];
}

const HERMES = '<tool_call>';
const HERMES_END = '</tool_call>';
const MISTRAL = '[TOOL_CALLS]';
const LLAMA = '<|python_tag|>';
const MARKS = [HERMES, MISTRAL, LLAMA] as const;
type Mark = (typeof MARKS)[number];
/** Marks that are special tokens in some vocabularies, and then no part of the text. */
const SPELLINGS: ReadonlySet<string> = new Set([...MARKS, HERMES_END, '[ARGS]']);

const SEPARATORS = /^[\s;,]*/;
/** The name before the arguments in the newer format of Mistral, and what may still become one. */
const NAME = /^([\w.-]+)\s*(?:\[ARGS\])?\s*(?=\{)/;
const OPEN_NAME = /^[\w.-]+\s*(?:\[[ARGS]{0,4}\]?)?\s*$/;

/**
 * Reads the calls of tools in an answer as it is generated, in the formats that models are trained on:
 *
 * - `<tool_call>{"name": …, "arguments": {…}}</tool_call>`, also after text: Hermes, Qwen;
 * - `{"name": …, "parameters": {…}}` or a list of such from the beginning, also after `<|python_tag|>`: Llama 3.1;
 * - `[TOOL_CALLS][{"name": …, "arguments": {…}}]` or `[TOOL_CALLS]name[ARGS]{…}`: Mistral.
 *
 * JSON without a mark is a call if it names one of the tools. What is no call stays text, as it was written.
 */
export class ToolCallReader {
  readonly #names: ReadonlySet<string>;
  /** What is not decided yet. */
  #held = '';
  /** What comes next: text, the inside of Hermes' mark, or calls, after a mark or at the beginning. */
  #expects: 'text' | Mark | 'beginning' = 'beginning';
  #json = new JsonEnd();

  constructor(names: Iterable<string>) {
    this.#names = new Set(names);
  }

  /** The parts that a piece of the answer completes. */
  push(piece: AnswerText): AnswerPart[] {
    this.#held += withMarks(piece);
    return this.#read(false);
  }

  /** The parts that were held back until the end of the answer. */
  end(): AnswerPart[] {
    return this.#read(true);
  }

  #read(isEnd: boolean): AnswerPart[] {
    const parts: AnswerPart[] = [];
    while (this.#held !== '') {
      const found =
        this.#expects === 'text'
          ? this.#readText(isEnd)
          : this.#expects === HERMES
            ? this.#readHermes(isEnd)
            : this.#readCalls(isEnd);
      if (!found) break;
      parts.push(...found);
    }
    return parts.filter((part) => part !== '');
  }

  /** The text before the next mark. */
  #readText(isEnd: boolean): AnswerPart[] | undefined {
    const { at, mark } = nextMark(this.#held);
    if (mark === undefined && at === 0 && !isEnd) return undefined;
    const text = mark === undefined && isEnd ? this.#held : this.#held.slice(0, at);
    if (mark !== undefined) this.#expects = mark;
    // Hermes' mark is text where no call follows.
    return this.#take(text.length + (mark === HERMES ? 0 : (mark?.length ?? 0)), [text]);
  }

  #readHermes(isEnd: boolean): AnswerPart[] | undefined {
    const end = this.#held.indexOf(HERMES_END);
    if (end < 0 && !isEnd) return undefined;
    const inner = this.#held.slice(HERMES.length, end < 0 ? undefined : end);
    const whole = this.#held.slice(0, end < 0 ? undefined : end + HERMES_END.length);
    this.#expects = 'text';
    return this.#take(whole.length, callsOf(inner) ?? [whole]);
  }

  /** One value of JSON, with its name before it. */
  #readCalls(isEnd: boolean): AnswerPart[] | undefined {
    const held = this.#held;
    const separators = SEPARATORS.exec(held)![0].length;
    const rest = held.slice(separators);
    const mark = this.#expects;
    if (!isEnd && (rest === '' || isBeginOfMark(rest) || (mark === MISTRAL && OPEN_NAME.test(rest))))
      return undefined;
    const name = mark === MISTRAL ? NAME.exec(rest) : null;
    const begin = separators + (name?.[0].length ?? 0);
    if (!/[[{]/.test(held.charAt(begin)) || nextMark(rest).at === 0) {
      this.#expects = 'text';
      return [];
    }
    const end = this.#json.find(held, begin);
    if (end < 0 && !isEnd) return undefined;
    const whole = held.slice(0, end < 0 ? undefined : end);
    const calls = callsOf(whole.slice(begin), name?.[1]);
    if (calls && (mark !== 'beginning' || calls.every((call) => this.#names.has(call.name))))
      return this.#take(whole.length, calls);
    this.#expects = 'text';
    return this.#take(whole.length, [whole]);
  }

  #take(length: number, parts: AnswerPart[]): AnswerPart[] {
    this.#held = this.#held.slice(length);
    this.#json = new JsonEnd();
    return parts;
  }
}

/** The text and the calls of a whole answer. */
export function readToolCalls(
  answer: AnswerText,
  names: Iterable<string>,
): { readonly text: string; readonly calls: readonly ToolCall[] } {
  const reader = new ToolCallReader(names);
  const parts = [...reader.push(answer), ...reader.end()];
  return {
    text: parts.filter((part) => typeof part === 'string').join(''),
    calls: parts.filter((part) => typeof part !== 'string'),
  };
}

/** Its text, with the marks that are special tokens. */
function withMarks({ text, tokens }: AnswerText): string {
  const isMark = (token: AnswerText['tokens'][number]) => token.text === '' && SPELLINGS.has(token.token);
  if (!tokens.some(isMark)) return text;
  return tokens.map((token) => (isMark(token) ? token.token : token.text)).join('');
}

/** The first mark and where it is, or where one may begin at the end of the text. */
function nextMark(text: string): { readonly at: number; readonly mark?: Mark } {
  for (let at = 0; at < text.length; at++) {
    const mark = MARKS.find((one) => text.startsWith(one, at));
    if (mark !== undefined) return { at, mark };
    if (isBeginOfMark(text.slice(at))) return { at };
  }
  return { at: text.length };
}

const isBeginOfMark = (text: string) => MARKS.some((mark) => mark.startsWith(text));

/**
 * The calls in JSON: an object of a call, or a list of such; with `name`, the arguments alone. Undefined for anything else.
 */
function callsOf(json: string, name?: string): ToolCall[] | undefined {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return undefined;
  }
  const found = (Array.isArray(value) ? value : [value]).map((one) =>
    callOf(name === undefined ? one : { name, arguments: one }),
  );
  return found.length > 0 && found.every((call) => call !== undefined) ? found : undefined;
}

function callOf(value: unknown): ToolCall | undefined {
  if (!isObject(value)) return undefined;
  const call = isObject(value.function) ? value.function : value;
  const { name } = call;
  let given = call.arguments ?? call.parameters ?? {};
  if (typeof given === 'string') {
    try {
      given = JSON.parse(given);
    } catch {
      return undefined;
    }
  }
  return typeof name === 'string' && isObject(given) && !Array.isArray(given)
    ? { name, arguments: JSON.stringify(given) }
    : undefined;
}

/** Finds the end of a value of JSON in a text that grows: each character is read once. */
class JsonEnd {
  #at: number | undefined;
  #depth = 0;
  #isInString = false;

  /** The index behind the object or list that begins at `from`; −1 if it has not ended. */
  find(text: string, from: number): number {
    let at = this.#at ?? from;
    for (; at < text.length; at++) {
      const character = text[at]!;
      if (this.#isInString) {
        // An escape is two characters: the second may not be there yet.
        if (character === '\\' && at + 1 === text.length) break;
        if (character === '\\') at++;
        else if (character === '"') this.#isInString = false;
      } else if (character === '"') this.#isInString = true;
      else if (character === '{' || character === '[') this.#depth++;
      else if ((character === '}' || character === ']') && --this.#depth === 0) return at + 1;
    }
    this.#at = at;
    return -1;
  }
}
