import { parseArgs } from 'node:util';

/** What the user asked for. Layers and heads count from 0, as the names of hook points do. */
export interface DemoOptions {
  texts: readonly string[];
  json: boolean;
  help: boolean;
  layer: number;
  head: number;
  /** A text to be continued, in place of sentences to be looked at. */
  story?: StoryOptions;
}

/** How a text is continued. */
export interface StoryOptions {
  prompt: string;
  /** Most tokens to add. */
  tokens: number;
  /** For drawing tokens at random; absent for the likeliest ones. */
  temperature?: number;
  seed?: number;
}

/** A mistake in the command line; the message says what was expected. */
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

// In this head the first sentence's "it" finds out what it stands for: most of its weight lies on "animal".
const DEFAULT_LAYER = 3;
const DEFAULT_HEAD = 1;
const DEFAULT_TOKENS = 60;
const MOST_SEED = 2 ** 32 - 1;

export const HELP = `Sentences in; tokens, similarities, one attention head and the time of each backend out.

  npm run demo
  npm run demo -- "나는 커피를 마셨다." "I drank coffee."
  npm run demo -- --layer 3 --head 7 "The river bank was steep."

  --layer L         the layer whose attention to show, from 0 (default ${DEFAULT_LAYER})
  --head H          the head of that layer, from 0 (default ${DEFAULT_HEAD})

The attention shown is that of the first sentence.

Or the beginning of a story in; the story out as it is written, its speed, and what else each token could have been.

  npm run demo -- --generate "Once upon a time"
  npm run demo -- --generate "The cat" --temperature 0.9 --seed 7

  --generate TEXT   the beginning of a story, in English: the model knows children's stories alone
  --tokens N        how many tokens to write at most (default ${DEFAULT_TOKENS})
  --temperature T   draw tokens at random, more so above 1 and less below (default: take the likeliest)
  --seed S          with --temperature: the same number writes the same story

  --json            everything as one JSON object
  --help            this text`;

function wholeNumber(flag: string, value: string | undefined, fallback: number): number {
  if (value === undefined) return fallback;
  if (!/^\d+$/.test(value)) {
    throw new UsageError(`${flag} takes a whole number from 0, not "${value}"`);
  }
  return Number(value);
}

function storyOf(values: Values, positionals: readonly string[]): StoryOptions | undefined {
  const { generate: prompt, tokens, temperature, seed } = values;
  const given = (flags: readonly (keyof Values)[]) => flags.find((flag) => values[flag] !== undefined);
  const refuse = (what: string): never => {
    throw new UsageError(what);
  };
  if (prompt === undefined) {
    const flag = given(['tokens', 'temperature', 'seed']);
    return flag === undefined ? undefined : refuse(`--${flag} is for --generate`);
  }
  const flag = given(['layer', 'head']);
  if (flag !== undefined) refuse(`--${flag} is not for --generate`);
  if (positionals.length > 0) refuse('--generate takes one text: put it in quotes');
  if (seed !== undefined && temperature === undefined) refuse('--seed is for --temperature');
  const most = wholeNumber('--tokens', tokens, DEFAULT_TOKENS);
  if (most < 1) refuse('--tokens takes a whole number from 1, not "0"');
  if (temperature !== undefined && !(Number(temperature) > 0 && Number(temperature) < Infinity))
    refuse(`--temperature takes a number above 0, not "${temperature}"`);
  const number = seed === undefined ? undefined : wholeNumber('--seed', seed, 0);
  if (number !== undefined && number > MOST_SEED) refuse(`--seed takes numbers up to ${MOST_SEED}`);
  return {
    prompt,
    tokens: most,
    ...(temperature !== undefined && { temperature: Number(temperature) }),
    ...(number !== undefined && { seed: number }),
  };
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
      },
    });
  } catch (error) {
    // Node's message ends in advice on passing such an argument as a text, which is right here too.
    throw new UsageError((error as Error).message);
  }
}

/**
 * Reads the command line.
 *
 * @throws UsageError for an unknown flag, or a value that its flag does not take.
 */
export function parseArguments(argv: readonly string[]): DemoOptions {
  const { values, positionals } = parse(argv);
  const story = storyOf(values, positionals);
  return {
    texts: positionals.length > 0 ? positionals : DEFAULT_TEXTS,
    json: values.json,
    help: values.help,
    layer: wholeNumber('--layer', values.layer, DEFAULT_LAYER),
    head: wholeNumber('--head', values.head, DEFAULT_HEAD),
    ...(story && { story }),
  };
}

/**
 * Checks the asked-for layer and head against the model.
 *
 * @throws UsageError that says which ones there are.
 */
export function checkHead(options: DemoOptions, layers: number, heads: number): void {
  if (options.layer >= layers) {
    throw new UsageError(`--layer ${options.layer}: the model has layers 0 to ${layers - 1}`);
  }
  if (options.head >= heads)
    throw new UsageError(`--head ${options.head}: each layer has heads 0 to ${heads - 1}`);
}
