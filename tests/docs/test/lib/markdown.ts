/** A fenced block of code. */
export interface CodeBlock {
  /** What stands after the opening fence; empty for none. */
  readonly language: string;
  readonly code: string;
  /** Line of its first line of code in the page, from 1. */
  readonly line: number;
}

export interface Heading {
  readonly level: number;
  readonly text: string;
}

interface Parsed {
  readonly blocks: readonly CodeBlock[];
  /** The page without its blocks of code. */
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
  if (open) throw new Error(`the block of code from line ${open.line} on is never closed`);
  return { blocks, prose: prose.join('\n') };
}

export const codeBlocks = (page: string): readonly CodeBlock[] => parse(page).blocks;

export function headings(page: string): Heading[] {
  return [...parse(page).prose.matchAll(/^(#{1,6}) +(.+?) *$/gm)].map(([, marks, text]) => ({
    level: marks!.length,
    text: text!,
  }));
}

/** The targets of links and pictures, in order. */
export function links(page: string): string[] {
  const { prose } = parse(page);
  const markdown = [...prose.matchAll(/\]\(([^)\s]+)\)/g)];
  const html = [...prose.matchAll(/<(?:img|source|a)\b[^>]*?\b(?:src|srcset|href)="([^"]+)"/g)];
  return [...markdown, ...html].sort((a, b) => a.index - b.index).map(([, target]) => target!);
}

/** The cells of every line of every table, without the lines that set columns. */
export function tableRows(page: string): string[][] {
  return parse(page)
    .prose.split('\n')
    .filter((line) => line.startsWith('|') && !/^\|[\s:|-]+$/.test(line))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

/** The anchor that a heading gets on GitHub. */
export function anchorOf({ text }: Heading): string {
  return text
    .toLowerCase()
    .replace(/[^\p{Letter}\p{Number}\p{Mark} _-]/gu, '')
    .replaceAll(' ', '-');
}

/** Lines of shell: blocks of `sh`, and inline code. */
export function shellLines(page: string): string[] {
  const { blocks, prose } = parse(page);
  const inBlocks = blocks.filter(({ language }) => language === 'sh').flatMap(({ code }) => code.split('\n'));
  const inline = [...prose.matchAll(/`([^`\n]+)`/g)].map(([, code]) => code!);
  return [...inBlocks, ...inline].map((line) => line.replace(/(^|\s)#.*$/, '').trim()).filter(Boolean);
}
