import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { inRoot } from './paths.mjs';

const REPORT = 'tests/packages/node_modules/.cache/vitest-report-environments.json';
const PAGE = 'docs/environments.md';
const [BEGIN, END] = ['<!-- environments:begin -->', '<!-- environments:end -->'];

const line = (cells) => `| ${cells.join(' | ')} |`;

/** Prints the results of `npm run test:environments`; with `write` they also replace those in docs/environments.md. */
export function reportEnvironments({ write }) {
  const results = environmentTable(JSON.parse(readFileSync(inRoot(REPORT), 'utf8')));
  console.log(results);
  if (!write) return;
  const page = readFileSync(inRoot(PAGE), 'utf8');
  const [start, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (start < 0 || end < start) throw new Error(`${PAGE}: expected ${BEGIN} and ${END}`);
  const cores = cpus();
  const machine = `${process.platform} ${process.arch}, ${cores.length} cores (${cores[0]?.model.trim()}), ${new Date().toISOString().slice(0, 10)}.`;
  const text = [BEGIN, results, machine, ''].join('\n\n');
  writeFileSync(inRoot(PAGE), page.slice(0, start) + text + page.slice(end));
}

/**
 * The results of `npm run test:environments` in Markdown: a table with a row for each environment and a column for each task, and a list of the other tests.
 *
 * @param report of Vitest's JSON reporter
 */
export function environmentTable({ testResults }) {
  const rows = new Map();
  const columns = new Set();
  const others = [];
  for (const { ancestorTitles, title, status, duration = 0, meta } of testResults.flatMap(
    ({ assertionResults }) => assertionResults,
  )) {
    const result = status === 'passed' ? 'yes' : 'FAILED';
    const { environment } = meta ?? {};
    if (!environment) {
      if (status === 'passed' || status === 'failed')
        others.push(`- ${[...ancestorTitles, title].join(' ')}: ${result}`);
      continue;
    }
    const { name, version, column, missing } = environment;
    // Left out by a filter of the command line.
    if (!missing && status !== 'passed' && status !== 'failed') continue;
    columns.add(column);
    const key = `${name} ${version}`;
    const row = rows.get(key) ?? { name, version, missing, cells: new Map(), milliseconds: 0 };
    row.cells.set(column, result);
    row.milliseconds += duration;
    rows.set(key, row);
  }
  const names = [...columns];
  const table = [
    line(['environment', 'version', ...names, 'seconds']),
    line(['---', '---', ...names.map(() => '---'), '---:']),
    ...[...rows.values()].map(({ name, version, missing, cells, milliseconds }) =>
      missing
        ? line([name, `not there: ${missing}`, ...names.map(() => '–'), '–'])
        : line([
            name,
            version,
            ...names.map((column) => cells.get(column) ?? '–'),
            (milliseconds / 1000).toFixed(1),
          ]),
    ),
  ];
  return [
    ...(rows.size > 0 ? [table.join('\n')] : []),
    ...(others.length > 0 ? [others.join('\n')] : []),
  ].join('\n\n');
}
