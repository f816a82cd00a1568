/**
 * The results of `npm run test:environments` as a Markdown table: a row for each environment and place in it, a column for each task.
 *
 * @param report of Vitest's JSON reporter
 */
export function environmentTable(report) {
  const rows = new Map();
  const columns = new Set();
  for (const { assertionResults } of report.testResults)
    for (const { ancestorTitles, title, status } of assertionResults) {
      if (status === 'skipped' || status === 'pending') continue;
      const [place, task] = title.includes(': ') ? title.split(': ') : [undefined, title];
      const row = place === undefined ? ancestorTitles[0] : `${ancestorTitles[0]}, ${place}`;
      columns.add(task);
      rows.set(row, (rows.get(row) ?? new Map()).set(task, status === 'passed' ? 'yes' : 'FAILED'));
    }
  const line = (cells) => `| ${cells.join(' | ')} |`;
  const names = [...columns];
  return [
    line(['environment', ...names]),
    line(['---', ...names.map(() => '---')]),
    ...[...rows].map(([row, cells]) => line([row, ...names.map((name) => cells.get(name) ?? '–')])),
  ].join('\n');
}
