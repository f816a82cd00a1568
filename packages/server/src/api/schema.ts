// What the requests of OpenAI's API may have here. Fields that are not listed are refused by their names.

import * as v from 'valibot';
import { RequestError } from '../errors.ts';

/** Entries of a request that OpenAI describes and that change no result. */
const IGNORED = {
  user: v.optional(v.string()),
  metadata: v.optional(v.record(v.string(), v.unknown())),
  safety_identifier: v.optional(v.string()),
  prompt_cache_key: v.optional(v.string()),
  prompt_cache_retention: v.optional(v.string()),
  service_tier: v.optional(v.string()),
  store: v.optional(v.literal(false)),
};

const id = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2 ** 31 - 1));
const texts = v.pipe(v.array(v.string()), v.minLength(1), v.maxLength(2048));
const ids = v.pipe(v.array(id), v.minLength(1));
const lists = v.pipe(v.array(ids), v.minLength(1), v.maxLength(2048));
const isText = (value: unknown) => typeof value === 'string';

/** A text, several, the ids of one, or of several. Chosen by the first entry, so that an error names the entry that is wrong. */
const textInput = v.lazy((value) => {
  const first = Array.isArray(value) ? value[0] : value;
  if (!Array.isArray(value)) return v.string('Invalid type: Expected a string or an array');
  if (isText(first)) return texts;
  return Array.isArray(first) ? lists : ids;
});

const number = (least: number, most: number) => v.pipe(v.number(), v.minValue(least), v.maxValue(most));
const integer = (least: number, most: number) => v.pipe(number(least, most), v.integer());
const count = integer(1, 2 ** 31 - 1);
const penalty = number(-2, 2);
/** Texts that a request may ask for, of all its prompts. */
const MAX_CHOICES = 128;

const SAMPLING = {
  temperature: v.optional(number(0, 2)),
  top_p: v.optional(v.pipe(number(0, 1), v.gtValue(0))),
  seed: v.optional(v.pipe(v.number(), v.safeInteger())),
  stop: v.optional(
    v.union([
      v.pipe(v.string(), v.minLength(1)),
      v.pipe(v.array(v.pipe(v.string(), v.minLength(1))), v.maxLength(4)),
    ]),
  ),
  presence_penalty: v.optional(penalty),
  frequency_penalty: v.optional(penalty),
  logit_bias: v.optional(v.record(v.pipe(v.string(), v.digits()), number(-100, 100))),
  n: v.optional(integer(1, MAX_CHOICES)),
  stream: v.optional(v.boolean()),
  stream_options: v.optional(
    v.strictObject({
      include_usage: v.optional(v.boolean()),
      // Padding against those who see the lengths of encrypted events.
      include_obfuscation: v.optional(v.literal(false)),
    }),
  ),
  // As other servers of this API, under their names.
  top_k: v.optional(integer(0, 2 ** 24)),
  min_p: v.optional(number(0, 1)),
  repetition_penalty: v.optional(v.pipe(v.number(), v.gtValue(0), v.maxValue(100))),
};

export const EmbeddingsRequest = v.strictObject({
  model: v.string(),
  input: textInput,
  encoding_format: v.optional(v.picklist(['float', 'base64'])),
  dimensions: v.optional(integer(1, 2 ** 20)),
  user: IGNORED.user,
});

export const CompletionsRequest = v.strictObject({
  model: v.string(),
  prompt: textInput,
  max_tokens: v.optional(count),
  logprobs: v.optional(integer(0, 5)),
  echo: v.optional(v.literal(false)),
  best_of: v.optional(count),
  ...SAMPLING,
  user: IGNORED.user,
});

const textPart = v.strictObject({ type: v.literal('text'), text: v.string() });
const content = v.lazy((value) => (Array.isArray(value) ? v.array(textPart) : v.string()));
const MESSAGE = {
  content,
  name: v.optional(v.string()),
  tool_call_id: v.optional(v.string()),
};
const plainMessage = v.strictObject({
  role: v.picklist(['system', 'developer', 'user', 'assistant', 'tool']),
  ...MESSAGE,
  // OpenAI's answers have it.
  annotations: v.optional(v.array(v.unknown())),
});
const functionName = v.pipe(v.string(), v.regex(/^[\w-]{1,64}$/));
const toolCall = v.strictObject({
  id: v.string(),
  type: v.literal('function'),
  function: v.strictObject({ name: functionName, arguments: v.string() }),
});
/** An answer with calls of tools, which may have no text. */
const callingMessage = v.strictObject({
  role: v.literal('assistant'),
  ...MESSAGE,
  content: v.optional(content),
  annotations: v.optional(v.array(v.unknown())),
  tool_calls: v.pipe(v.array(toolCall), v.minLength(1), v.maxLength(128)),
});
const isCalling = (value: unknown) => typeof value === 'object' && value !== null && 'tool_calls' in value;
const message = v.lazy((value) => (isCalling(value) ? callingMessage : plainMessage));

const tool = v.strictObject({
  type: v.literal('function'),
  function: v.strictObject({
    name: functionName,
    description: v.optional(v.string()),
    parameters: v.optional(v.record(v.string(), v.unknown())),
    strict: v.optional(v.literal(false)),
  }),
});
const namedTool = v.strictObject({
  type: v.literal('function'),
  function: v.strictObject({ name: functionName }),
});

export const ChatRequest = v.strictObject({
  model: v.string(),
  messages: v.pipe(v.array(message), v.minLength(1)),
  max_tokens: v.optional(count),
  max_completion_tokens: v.optional(count),
  logprobs: v.optional(v.boolean()),
  top_logprobs: v.optional(integer(0, 20)),
  response_format: v.optional(v.strictObject({ type: v.literal('text') })),
  modalities: v.optional(v.tuple([v.literal('text')])),
  tools: v.optional(v.pipe(v.array(tool), v.minLength(1), v.maxLength(128))),
  // The model decides whether it calls one: a choice leaves out the others.
  tool_choice: v.optional(
    v.lazy((value) => (typeof value === 'string' ? v.picklist(['none', 'auto']) : namedTool)),
  ),
  parallel_tool_calls: v.optional(v.literal(true)),
  ...SAMPLING,
  ...IGNORED,
});

/** A field of a form: its value is a text. */
const decimal = (least: number, most: number) =>
  v.pipe(v.string(), v.decimal(), v.transform(Number), v.minValue(least), v.maxValue(most));

export const TranslationRequest = v.strictObject({
  model: v.string(),
  file: v.file('Invalid type: Expected a file'),
  prompt: v.optional(v.string()),
  response_format: v.optional(v.picklist(['json', 'text', 'srt', 'verbose_json', 'vtt'])),
  temperature: v.optional(decimal(0, 1)),
});

export const TranscriptionRequest = v.strictObject({
  ...TranslationRequest.entries,
  language: v.optional(v.string()),
  timestamp_granularities: v.optional(v.array(v.picklist(['word', 'segment']))),
  stream: v.optional(v.literal('false')),
});

export type EmbeddingsRequest = v.InferOutput<typeof EmbeddingsRequest>;
export type CompletionsRequest = v.InferOutput<typeof CompletionsRequest>;
export type ChatRequest = v.InferOutput<typeof ChatRequest>;
export type TranscriptionRequest = v.InferOutput<typeof TranscriptionRequest>;
export type TranslationRequest = v.InferOutput<typeof TranslationRequest>;

/** Levels of objects and lists down to the function of a call in a message. */
const MAX_LEVELS = 5;
/** Values that are the caller's own, whose nulls mean something. */
const OPAQUE = new Set(['parameters', 'metadata']);

const isPlainObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;

/** The value without the fields that are null. */
function withoutNulls(value: unknown, levels = MAX_LEVELS): unknown {
  if (levels < 0) return value;
  if (Array.isArray(value))
    return typeof value[0] === 'object' ? value.map((one) => withoutNulls(one, levels - 1)) : value;
  // Forms have files, too.
  if (!isPlainObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, field]) => field !== null)
      .map(([name, field]) => [name, OPAQUE.has(name) ? field : withoutNulls(field, levels - 1)]),
  );
}

/** Reads a request. A field that is null counts as not given, as in OpenAI's API. Throws `RequestError` (400) for the first field that is wrong. */
export function read<const Schema extends v.GenericSchema>(
  schema: Schema,
  body: unknown,
): v.InferOutput<Schema> {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw new RequestError(400, 'the body must be a JSON object', { apiCode: 'invalid_type' });
  const { success, output, issues } = v.safeParse(schema, withoutNulls(body), { abortPipeEarly: true });
  if (success) return output;
  const [issue] = issues;
  const param = v.getDotPath(issue) ?? undefined;
  const isUnknown = issue.type === 'strict_object' && issue.expected === 'never';
  const message = isUnknown
    ? `${param}: this service does not support this field`
    : issue.received === 'undefined'
      ? `${param}: this field is required`
      : issue.type === 'literal'
        ? `${param}: this service supports ${issue.expected} alone, got ${issue.received}`
        : `${param}: ${issue.message}`;
  throw new RequestError(400, message, {
    apiCode: isUnknown ? 'unsupported_parameter' : 'invalid_value',
    ...(param !== undefined && { param }),
  });
}
