import { data } from './commands/data.ts';
import { type Options, parseOptions } from './options.ts';

interface Experiment {
  readonly about: string;
  /** Resolves to whether all went well. */
  readonly run: (options: Options) => Promise<boolean>;
}

const experiments: ReadonlyMap<string, Experiment> = new Map([
  ['data', { about: 'loads and checks all data sets; prints counts and examples', run: data }],
]);

const usage = `npm run experiment -- NAME [--seed N] [--json FILE]

${[...experiments].map(([name, { about }]) => `  ${name.padEnd(12)} ${about}`).join('\n')}

  --seed N      seed of everything random, default 0
  --json FILE   writes the results to a file`;

async function main(): Promise<boolean> {
  const options = parseOptions(process.argv.slice(2));
  if (options.help) console.log(usage);
  if (options.help) return true;
  const experiment = experiments.get(options.name ?? '');
  if (!experiment)
    throw new TypeError(`expected one of ${[...experiments.keys()].join(', ')}, got ${options.name}`);
  return experiment.run(options);
}

try {
  if (!(await main())) process.exitCode = 1;
} catch (error) {
  console.error(`experiment: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
