/** A fenced code block. */
export interface CodeBlock {
  /** Info string of the opening fence; empty for none. */
  readonly language: string;
  readonly code: string;
  /** Line number of the first line of code in the page, from 1. */
  readonly line: number;
}

export interface Heading {
  readonly level: number;
  readonly text: string;
}

interface Parsed {
  readonly blocks: readonly CodeBlock[];
  /** The page without its code blocks. */
  readonly prose: string;
}

function parse(page: string): Parsed {
  const blocks: CodeBlock[] = [];
  const prose: string[] = [];
  let open: { language: string; line: number; lines: string[] } | undefined;
  for (const [index, line] of page.split('\n').entries()) {
    const fence = /^```(.*)$/.exec(line);
    if (open && fence) {
      blocks.push({ language: open.language, line: open.line, code: open.lines.join('\n') });
      open = undefined;
    } else if (open) open.lines.push(line);
    else if (fence) open = { language: fence[1]!.trim(), line: index + 2, lines: [] };
    else prose.push(line);
  }
  if (open) throw new Error(`the code block that starts at line ${open.line} has no closing fence`);
  return { blocks, prose: prose.join('\n') };
}

export const codeBlocks = (page: string): readonly CodeBlock[] => parse(page).blocks;

export function headings(page: string): Heading[] {
  return [...parse(page).prose.matchAll(/^(#{1,6}) +(.+?) *$/gm)].map(([, marks, text]) => ({
    level: marks!.length,
    text: text!,
  }));
}

/** Targets of links and images, in document order. */
export function links(page: string): string[] {
  const { prose } = parse(page);
  const markdown = [...prose.matchAll(/\]\(([^)\s]+)\)/g)];
  const html = [...prose.matchAll(/<(?:img|source|a)\b[^>]*?\b(?:src|srcset|href)="([^"]+)"/g)];
  return [...markdown, ...html].sort((a, b) => a.index - b.index).map(([, target]) => target!);
}

/** Cells of every row of every table, header rows included, delimiter rows left out. */
export const tableRows = (page: string): string[][] => tables(page).flat();

/** The tables of a page: their rows, the header first, each a list of cells. */
export function tables(page: string): string[][][] {
  const found = parse(page).prose.match(/(?:^\|.*(?:\n|$))+/gm) ?? [];
  return found.map((table) =>
    table
      .trim()
      .split('\n')
      .filter((line) => !/^\|[\s:|-]+$/.test(line))
      .map((line) =>
        line
          .split('|')
          .slice(1, -1)
          .map((cell) => cell.trim()),
      ),
  );
}

/** The anchor that GitHub generates for a heading. */
export function anchorOf({ text }: Heading): string {
  return text
    .toLowerCase()
    .replace(/[^\p{Letter}\p{Number}\p{Mark} _-]/gu, '')
    .replaceAll(' ', '-');
}

/** The text of inline code spans, in document order. */
export const inlineCode = (page: string): string[] =>
  [...parse(page).prose.matchAll(/`([^`\n]+)`/g)].map(([, code]) => code!);

/** Lines of `sh` blocks and inline code, without shell comments. */
export function shellLines(page: string): string[] {
  const { blocks, prose } = parse(page);
  const shell = blocks.filter(({ language }) => language === 'sh').flatMap(({ code }) => code.split('\n'));
  return [...shell, ...inlineCode(prose)]
    .map((line) => line.replace(/(^|\s)#.*$/, '').trim())
    .filter(Boolean);
}
