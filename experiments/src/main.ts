import { data } from './commands/data.ts';
import { sentences } from './commands/sentences.ts';
import { words } from './commands/words.ts';
import { experiments } from './experiments/index.ts';
import { runExperiment } from './lab/experiment.ts';
import { parseOptions } from './options.ts';

const lines = [
  ['data', 'loads and checks all data sets; prints counts and examples'],
  ['words', 'writes the words of the grammar to the playground, which marks unknown ones'],
  ['sentences', 'writes sentences of the grammar to the playground, which trains models on them'],
  ...experiments.map(({ name, about }) => [name, about]),
];

const usage = `npm run experiment -- NAME [--seed N] [--quick] [--json FILE]

${lines.map(([name = '', about]) => `  ${name.padEnd(20)} ${about}`).join('\n')}

  --seed N      seed of everything random, default 0
  --quick       small sizes, to see whether an experiment runs; nothing of it is kept
  --json FILE   writes the results to a file instead of experiments/results and docs`;

async function main(): Promise<boolean> {
  const options = parseOptions(process.argv.slice(2));
  if (options.help) {
    console.log(usage);
    return true;
  }
  if (options.name === 'data') return data(options);
  if (options.name === 'words') return words();
  if (options.name === 'sentences') return sentences();
  const experiment = experiments.find(({ name }) => name === options.name);
  if (!experiment) {
    throw new TypeError(`expected one of ${lines.map(([name]) => name).join(', ')}, got ${options.name}`);
  }
  await runExperiment(experiment, options);
  return true;
}

try {
  if (!(await main())) process.exitCode = 1;
} catch (error) {
  console.error(`experiment: ${error instanceof Error ? (error.stack ?? error.message) : error}`);
  process.exitCode = 1;
}
