import { parseArgs } from 'node:util';

/** The parsed command line. Layers and heads count from 0, as in the names of hook points. */
export interface DemoOptions {
  texts: readonly string[];
  json: boolean;
  help: boolean;
  layer: number;
  head: number;
  /** Present with `--generate`: a prompt to continue instead of sentences to analyse. */
  story?: StoryOptions;
  /** Present with `--translate`: a text to translate. */
  translation?: TranslateOptions;
}

/** Options of translation. */
export interface TranslateOptions {
  text: string;
  /** Name of a model of `@headwise/models`, or a directory. */
  model: string;
}

/** Options of text generation. */
export interface StoryOptions {
  prompt: string;
  /** Maximum number of new tokens. */
  tokens: number;
  /** Sampling temperature; absent for greedy search. */
  temperature?: number;
  seed?: number;
}

/** An invalid command line. The message states what was expected. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export const DEFAULT_TEXTS: readonly string[] = [
  'The animal did not cross the street because it was too tired.',
  'I drank coffee.',
  '나는 커피를 마셨다.',
  'She sipped a cup of tea.',
  'Stock prices fell sharply on Monday.',
];

// In this head, most of the attention weight of "it" in the first sentence is on "animal".
const DEFAULT_LAYER = 3;
const DEFAULT_HEAD = 1;
const DEFAULT_TOKENS = 60;
const DEFAULT_TRANSLATOR = 'grammar-en-ko';
const MAX_SEED = 2 ** 32 - 1;

export const HELP = `Shows the tokens and similarities of sentences, one attention head and the time of each backend.

  npm run demo
  npm run demo -- "나는 커피를 마셨다." "I drank coffee."
  npm run demo -- --layer 3 --head 7 "The river bank was steep."

  --layer L         layer of the attention head, from 0 (default ${DEFAULT_LAYER})
  --head H          attention head in that layer, from 0 (default ${DEFAULT_HEAD})

Attention and times are those of the first sentence.

With --generate: continues a story, token by token, and shows the speed and the most likely tokens at each position.

  npm run demo -- --generate "Once upon a time"
  npm run demo -- --generate "The cat" --temperature 0.9 --seed 7

  --generate TEXT   the prompt, in English; the model was trained on children's stories only
  --tokens N        maximum number of new tokens (default ${DEFAULT_TOKENS})
  --temperature T   sample with this temperature (default: greedy search)
  --seed S          seed of the sampling; the same seed gives the same story

With --translate: translates an English sentence into Korean with a small model, and shows the alignment of the words.

  npm run demo -- --translate "I love you"

  --translate TEXT  the sentence, of words that the model's grammar has
  --model NAME      another encoder–decoder of @headwise/models, or its directory (default ${DEFAULT_TRANSLATOR})

  --json            print everything as one JSON object
  --help            print this text`;

function parseInteger(flag: string, value: string | undefined, fallback: number): number {
  if (value === undefined) return fallback;
  if (!/^\d+$/.test(value)) {
    throw new UsageError(`${flag} must be an integer from 0, got "${value}"`);
  }
  return Number(value);
}

function readStoryOptions(values: Values, positionals: readonly string[]): StoryOptions | undefined {
  const { generate: prompt, tokens, temperature, seed } = values;
  const firstPresent = (flags: readonly (keyof Values)[]) => flags.find((flag) => values[flag] !== undefined);
  const fail = (message: string): never => {
    throw new UsageError(message);
  };
  if (prompt === undefined) {
    const flag = firstPresent(['tokens', 'temperature', 'seed']);
    return flag === undefined ? undefined : fail(`--${flag} requires --generate`);
  }
  const flag = firstPresent(['layer', 'head']);
  if (flag !== undefined) fail(`--${flag} cannot be used with --generate`);
  if (positionals.length > 0) fail('--generate takes one text; put it in quotes');
  if (seed !== undefined && temperature === undefined) fail('--seed requires --temperature');
  const maxTokens = parseInteger('--tokens', tokens, DEFAULT_TOKENS);
  if (maxTokens < 1) fail('--tokens must be an integer from 1, got "0"');
  if (temperature !== undefined && !(Number(temperature) > 0 && Number(temperature) < Infinity))
    fail(`--temperature must be a number above 0, got "${temperature}"`);
  const seedNumber = seed === undefined ? undefined : parseInteger('--seed', seed, 0);
  if (seedNumber !== undefined && seedNumber > MAX_SEED)
    fail(`--seed must be at most ${MAX_SEED}, got "${seed}"`);
  return {
    prompt,
    tokens: maxTokens,
    ...(temperature !== undefined && { temperature: Number(temperature) }),
    ...(seedNumber !== undefined && { seed: seedNumber }),
  };
}

function readTranslateOptions(values: Values, positionals: readonly string[]): TranslateOptions | undefined {
  const { translate: text, model } = values;
  if (text === undefined) {
    if (model !== undefined) throw new UsageError('--model requires --translate');
    return undefined;
  }
  for (const flag of ['layer', 'head', 'generate', 'tokens', 'temperature', 'seed'] as const) {
    if (values[flag] !== undefined) throw new UsageError(`--${flag} cannot be used with --translate`);
  }
  if (positionals.length > 0) throw new UsageError('--translate takes one text; put it in quotes');
  return { text, model: model ?? DEFAULT_TRANSLATOR };
}

type Values = ReturnType<typeof parse>['values'];

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
        layer: { type: 'string' },
        head: { type: 'string' },
        generate: { type: 'string' },
        tokens: { type: 'string' },
        temperature: { type: 'string' },
        seed: { type: 'string' },
        translate: { type: 'string' },
        model: { type: 'string' },
      },
    });
  } catch (error) {
    // Node's message ends with how to pass an argument that starts with a dash; this applies here too.
    throw new UsageError((error as Error).message);
  }
}

/**
 * Parses the command line.
 *
 * @throws UsageError for an unknown flag or an invalid value.
 */
export function parseArguments(argv: readonly string[]): DemoOptions {
  const { values, positionals } = parse(argv);
  const translation = readTranslateOptions(values, positionals);
  const story = translation ? undefined : readStoryOptions(values, positionals);
  return {
    texts: positionals.length > 0 ? positionals : DEFAULT_TEXTS,
    json: values.json,
    help: values.help,
    layer: parseInteger('--layer', values.layer, DEFAULT_LAYER),
    head: parseInteger('--head', values.head, DEFAULT_HEAD),
    ...(story && { story }),
    ...(translation && { translation }),
  };
}

/**
 * Checks that the model has the layer and the head of the options.
 *
 * @throws UsageError that states the valid range.
 */
export function checkHead(options: DemoOptions, layers: number, heads: number): void {
  if (options.layer >= layers) {
    throw new UsageError(`--layer ${options.layer}: the model has layers 0 to ${layers - 1}`);
  }
  if (options.head >= heads)
    throw new UsageError(`--head ${options.head}: each layer has heads 0 to ${heads - 1}`);
}
