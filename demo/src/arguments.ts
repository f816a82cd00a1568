import { parseArgs } from 'node:util';

/** What the user asked for. Layers and heads count from 0, as the names of hook points do. */
export interface DemoOptions {
  texts: readonly string[];
  json: boolean;
  help: boolean;
  layer: number;
  head: number;
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

export const HELP = `Sentences in; tokens, similarities, one attention head and the time of each backend out.

  npm run demo
  npm run demo -- "나는 커피를 마셨다." "I drank coffee."
  npm run demo -- --layer 3 --head 7 "The river bank was steep."

  --layer L   the layer whose attention to show, from 0 (default ${DEFAULT_LAYER})
  --head H    the head of that layer, from 0 (default ${DEFAULT_HEAD})
  --json      everything as one JSON object
  --help      this text

The attention shown is that of the first sentence.`;

function wholeNumber(flag: string, value: string | undefined, fallback: number): number {
  if (value === undefined) return fallback;
  if (!/^\d+$/.test(value)) {
    throw new UsageError(`${flag} takes a whole number from 0, not "${value}"`);
  }
  return Number(value);
}

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
  return {
    texts: positionals.length > 0 ? positionals : DEFAULT_TEXTS,
    json: values.json,
    help: values.help,
    layer: wholeNumber('--layer', values.layer, DEFAULT_LAYER),
    head: wholeNumber('--head', values.head, DEFAULT_HEAD),
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
