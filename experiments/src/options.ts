import { parseArgs } from 'node:util';

export interface Options {
  /** What to run; undefined with `--help` alone. */
  readonly name: string | undefined;
  readonly seed: number;
  /** Small sizes. */
  readonly quick: boolean;
  /** File for the results. */
  readonly json: string | undefined;
  readonly help: boolean;
}

/**
 * Reads the arguments of `npm run experiment`.
 *
 * @throws TypeError for an argument that is not known or has no right value
 */
export function parseOptions(args: readonly string[]): Options {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: {
      seed: { type: 'string', default: '0' },
      quick: { type: 'boolean', default: false },
      json: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
    allowPositionals: true,
  });
  const seed = Number(values.seed);
  if (!Number.isInteger(seed) || seed < 0 || seed >= 2 ** 32)
    throw new TypeError(`--seed: expected an integer from 0 to 4294967295, got ${values.seed}`);
  if (positionals.length > 1) throw new TypeError(`expected one experiment, got ${positionals.join(' ')}`);
  return { name: positionals[0], seed, quick: values.quick, json: values.json, help: values.help };
}
