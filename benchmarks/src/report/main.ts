// `npm run bench:report -- FILE…`: writes docs/performance.md's table, the READMEs' rows of it, and the chart, from reports of one machine.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { parseReport } from '../row.ts';
import { barChart } from './chart.ts';
import { embedBetweenMarkers } from './embed.ts';
import { mergeReports, type NamedReport } from './merge.ts';
import { measuredHeadlines, type SummaryOptions, summaryTable } from './summary.ts';

const root = new URL('../../../', import.meta.url);

const ENGLISH =
  'Milliseconds, best of many runs side by side in one process; in brackets how many times as fast as onnxruntime-web. %.';
const KOREAN =
  '한 프로세스에서 번갈아 여러 번 실행한 가운데 가장 빠른 시간(밀리초). 괄호는 onnxruntime-web 대비 배속. %.';

/** The READMEs show few rows and columns. */
const short: SummaryOptions = {
  backends: ['wasm-relaxed-simd', 'wasm-simd', 'onnxruntime-web', 'onnxruntime-node'],
  includes: ({ inReadme = false }) => inReadme,
};

/** The pages with a table, and the caption of each, in which `%` stands for the machine. */
const pages: readonly {
  readonly name: string;
  readonly caption: string;
  readonly table: SummaryOptions;
  readonly chart?: string;
}[] = [
  { name: 'README.md', caption: ENGLISH, table: short },
  { name: 'README.ko.md', caption: KOREAN, table: short },
  { name: 'docs/performance.md', caption: ENGLISH, table: {}, chart: '![benchmark](benchmark.svg)' },
];

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
    throw new Error(`${files.join(' and ')} have no row of Headwise that docs/performance.md shows`);
  const { cpu, cores, runtime, date } = report.machine;
  const machine = `${cpu}, ${cores} cores, ${runtime}, ${date.slice(0, 10)}`;
  // Nothing is written if a marker is missing.
  const documents = pages.map(({ name, caption, table, chart }) => {
    const url = new URL(name, root);
    const parts = [summaryTable(report, table), caption.replace('%', machine)];
    const content = [...(chart === undefined ? [] : [chart]), ...parts].join('\n\n');
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
  console.log(`wrote ${pages.map(({ name }) => name).join(', ')} and docs/benchmark.svg`);
} catch (error) {
  console.error(`bench:report: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 2;
}
