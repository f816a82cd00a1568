import { writeFileSync } from 'node:fs';
import { selectCases } from './cases/select.ts';
import { describeMachine } from './node/machine.ts';
import { measureInNode } from './node/measure.ts';
import { type Options, parseOptions, usage } from './options.ts';
import { fullTable } from './report/table.ts';
import { ours, type Report, withRatios } from './row.ts';

const say = (message: string) => console.error(`bench: ${message}`);

async function main(options: Options): Promise<void> {
  if (options.help) return console.log(usage);
  const selected = options.threads.flatMap((threads) => selectCases({ ...options, threads }));
  if (selected.length === 0) throw new TypeError('no case matches these suites and this filter');
  const { rows, problems, machine } = await measure(options);
  const report: Report = { machine, rows };
  if (options.json !== undefined) {
    writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`);
    say(`wrote ${options.json}`);
  }
  console.log(fullTable(report));
  // A wrong output of our own is a bug; a peer's failure (attention at 8192 tokens) is a finding.
  for (const problem of problems) say(problem);
  if (problems.length > 0) process.exitCode = 1;
  if (rows.some((row) => row.failure !== undefined && ours.includes(row.backend))) process.exitCode = 1;
}

async function measure(options: Options) {
  // Before the measuring: a report's date is when it began.
  const machine = describeMachine();
  if (!options.browser) {
    const { rows, problems } = await measureInNode(options, say);
    return { rows: withRatios(rows), problems, machine };
  }
  // Loads a bundler, which a run in Node has no use for.
  const { measureInBrowser } = await import('./node/browser.ts');
  const { rows, problems, runtime } = await measureInBrowser(options, say);
  return { rows: withRatios(rows), problems, machine: { ...machine, runtime } };
}

try {
  await main(parseOptions(process.argv.slice(2)));
} catch (error) {
  console.error(`bench: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 2;
}
