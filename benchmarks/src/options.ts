import { parseArgs } from 'node:util';
import { summaryBackends } from './report/summary.ts';
import { type BackendName, backends, type Suite, suites } from './row.ts';

export interface Options {
  /** Default: all. */
  readonly suites: readonly Suite[];
  /** Selects cases by `suite/case dtype`; undefined for all. */
  readonly filter: RegExp | undefined;
  readonly backends: readonly BackendName[];
  readonly threads: readonly number[];
  /** Report file. */
  readonly json: string | undefined;
  /** Few runs and no large cases: a check, not a measurement. */
  readonly quick: boolean;
  /** Only the cases of the READMEs, and by default their backends. */
  readonly headlines: boolean;
  readonly browser: boolean;
  /** Whether the browser's pages with several threads are cross-origin isolated. */
  readonly isolation: boolean;
  /** Whether the browser pairs WebAssembly's 128-bit operations to 256 bits, which is off by default. */
  readonly revectorize: boolean;
  readonly help: boolean;
}

export const usage = `npm run bench -- [options]

  --suite NAME      ${suites.join(', ')}; may be given several times (default: all)
  --filter REGEX    only cases that match, such as "matmul 384" or "q8$" (tested against "suite/case dtype")
  --backend NAME    ${backends.slice(0, 7).join(', ')},
                    ${backends.slice(7).join(', ')}; may be given several times (default: all)
  --threads LIST    numbers of threads, such as 1 or 1,2 (default: 1,2)
  --json FILE       write the report to this file, after every case
  --headlines       only the rows of the READMEs: some twenty minutes in place of an hour
  --quick           few runs and no large cases: a check, not a measurement
  --browser         measure in headless Chromium instead of Node
  --no-isolation    with --browser: pages that are not cross-origin isolated and have no shared memory; onnxruntime-web runs with one
                    thread there
  --revectorize     with --browser: V8's --wasm-revectorize, which joins 128-bit operations to 256 bits; off by default
  --help            print this text

The peers (470 MB) are installed into benchmarks/peers on the first run.
`;

const mostThreads = 64;

/**
 * Reads the command line.
 *
 * @throws TypeError for an invalid option
 */
export function parseOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      suite: { type: 'string', multiple: true, default: [] },
      filter: { type: 'string' },
      backend: { type: 'string', multiple: true, default: [] },
      threads: { type: 'string', default: '1,2' },
      json: { type: 'string' },
      quick: { type: 'boolean', default: false },
      headlines: { type: 'boolean', default: false },
      browser: { type: 'boolean', default: false },
      'no-isolation': { type: 'boolean', default: false },
      revectorize: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  for (const option of ['no-isolation', 'revectorize'] as const) {
    if (values[option] && !values.browser) throw new TypeError(`--${option} requires --browser`);
  }
  return {
    suites: values.suite.length > 0 ? values.suite.map((name) => oneOf('--suite', suites, name)) : suites,
    filter: values.filter === undefined ? undefined : regularExpression(values.filter),
    backends:
      values.headlines && values.backend.length === 0
        ? summaryBackends
        : values.backend.map((name) => oneOf('--backend', backends, name)),
    threads: [...new Set(values.threads.split(',').map(threadCount))],
    json: values.json,
    quick: values.quick,
    headlines: values.headlines,
    browser: values.browser,
    isolation: !values['no-isolation'],
    revectorize: values.revectorize,
    help: values.help,
  };
}

function oneOf<T extends string>(option: string, allowed: readonly T[], value: string): T {
  const found = allowed.find((name) => name === value);
  if (found === undefined)
    throw new TypeError(`${option} must be one of ${allowed.join(', ')}, got "${value}"`);
  return found;
}

function threadCount(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1 || count > mostThreads)
    throw new TypeError(
      `--threads must be integers from 1 to ${mostThreads}, separated by commas, got "${text}"`,
    );
  return count;
}

function regularExpression(source: string): RegExp {
  try {
    return new RegExp(source, 'i');
  } catch (error) {
    throw new TypeError(`--filter must be a regular expression: ${(error as Error).message}`);
  }
}
