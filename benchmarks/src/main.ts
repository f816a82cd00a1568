import peers from '../peers/package.json' with { type: 'json' };
import { selectCases } from './cases/select.ts';
import { describeMachine } from './node/machine.ts';
import { type Measured, measureInNode, type Progress } from './node/measure.ts';
import { writeReport } from './node/report-file.ts';
import { type Options, parseOptions, usage } from './options.ts';
import { fullTable } from './report/table.ts';
import { ours, type Report, type Row, withRatios } from './row.ts';

const say = (message: string) => console.error(`bench: ${message}`);

async function main(options: Options): Promise<void> {
  if (options.help) return console.log(usage);
  const selected = options.threads.flatMap((threads) => selectCases({ ...options, threads }));
  if (selected.length === 0) throw new TypeError('no case matches these suites and this filter');
  // A report's date is the start of the run.
  const machine = describeMachine();
  const makeReport = (rows: readonly Row[], runtime = machine.runtime): Report => {
    return { machine: { ...machine, runtime }, peers: peers.dependencies, rows: withRatios(rows) };
  };
  const { json } = options;
  // After every row, so that an interrupted run keeps its results.
  const save = (rows: readonly Row[], runtime?: string) => {
    if (json !== undefined) writeReport(json, makeReport(rows, runtime));
  };
  const { rows, problems, runtime } = await measure(options, { say, save });
  const report = makeReport(rows, runtime);
  if (json !== undefined) say(`wrote ${json}`);
  console.log(fullTable(report));
  // Only failures of Headwise fail the run: peers fail at some sizes, such as attention over 8192 tokens.
  for (const problem of problems) say(problem);
  if (problems.length > 0) process.exitCode = 1;
  if (rows.some((row) => row.failure !== undefined && ours.includes(row.backend))) process.exitCode = 1;
}

async function measure(options: Options, progress: Progress): Promise<Measured> {
  if (!options.browser) return measureInNode(options, progress);
  // Imported here because it loads a bundler.
  const { measureInBrowser } = await import('./node/browser.ts');
  return measureInBrowser(options, progress);
}

try {
  await main(parseOptions(process.argv.slice(2)));
} catch (error) {
  console.error(`bench: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 2;
}
