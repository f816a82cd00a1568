/**
 * A Markdown document with the contents of a generated block replaced. A block begins with the line `<!-- results: NAME -->` and ends with
 * `<!-- /results -->`.
 *
 * @throws Error when the document has no such block
 */
export function replaceBlock(document: string, name: string, contents: string): string {
  const begin = `<!-- results: ${name} -->`;
  const end = '<!-- /results -->';
  const from = document.indexOf(begin);
  const to = document.indexOf(end, from);
  if (from < 0 || to < 0)
    throw new Error(
      `documentation: expected a block ${begin} … ${end}, found none; add it where the tables belong`,
    );
  return `${document.slice(0, from + begin.length)}\n\n${contents.trim()}\n\n${document.slice(to)}`;
}

/** A table in Markdown. Columns of numbers are aligned to the right. */
export function markdownTable(
  head: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): string {
  const isNumeric = (column: number) => rows.every((row) => /^[−\-\d.,%± –×]*$/.test(String(row[column])));
  const line = (cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |`;
  const rule = head.map((_, column) => (isNumeric(column) ? '---:' : '---'));
  return [line(head), line(rule), ...rows.map(line)].join('\n');
}

/** A fraction in percent: 0.954 → `95.4`. */
export const percent = (fraction: number, digits = 1): string => (100 * fraction).toFixed(digits);
