// `npm run bench:report -- FILE…`: writes the READMEs' table and the chart from reports of one machine.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { parseReport } from '../row.ts';
import { barChart } from './chart.ts';
import { embedBetweenMarkers } from './embed.ts';
import { mergeReports, type NamedReport } from './merge.ts';
import { measuredHeadlines, summaryTable } from './summary.ts';

const root = new URL('../../../', import.meta.url);

/** The caption of each README's table. `%` is replaced by the machine. */
const captions = {
  'README.md':
    'Milliseconds, best of many runs side by side in one process; in brackets how many times as fast as onnxruntime-web. %.',
  'README.ko.md':
    '한 프로세스에서 번갈아 여러 번 실행한 가운데 가장 빠른 시간(밀리초). 괄호는 onnxruntime-web 대비 배속. %.',
} as const;

function read(name: string): NamedReport {
  try {
    return { name, report: parseReport(JSON.parse(readFileSync(name, 'utf8'))) };
  } catch (error) {
    throw new Error(`${name}: ${(error as Error).message}`);
  }
}

function main(files: readonly [string, ...string[]]): void {
  const [first, ...others] = files;
  const report = mergeReports([read(first), ...others.map(read)]);
  if (measuredHeadlines(report).length === 0)
    throw new Error(`${files.join(' and ')} have no row of Headwise that the README shows`);
  const { cpu, cores, runtime, date } = report.machine;
  const machine = `${cpu}, ${cores} cores, ${runtime}, ${date.slice(0, 10)}`;
  const chart = '![benchmark](docs/benchmark.svg)';
  const table = summaryTable(report);
  // Nothing is written if a marker is missing.
  const documents = Object.entries(captions).map(([name, caption]) => {
    const url = new URL(name, root);
    const content = [chart, table, caption.replace('%', machine)].join('\n\n');
    return { url, text: embedBetweenMarkers(readFileSync(url, 'utf8'), name, content) };
  });
  mkdirSync(new URL('docs/', root), { recursive: true });
  writeFileSync(new URL('docs/benchmark.svg', root), barChart(report));
  for (const { url, text } of documents) writeFileSync(url, text);
}

const [file, ...more] = process.argv.slice(2);
try {
  if (file === undefined) throw new Error('expected report files: out.json …');
  main([file, ...more]);
  console.log('wrote README.md, README.ko.md and docs/benchmark.svg');
} catch (error) {
  console.error(`bench:report: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 2;
}
