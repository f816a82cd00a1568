import { lexer, type Token, type Tokens } from 'marked';

/** A sentence, a row of a table, or a block of code. */
export interface Passage {
  readonly text: string;
  /** Index of its section. */
  readonly section: number;
}

/** A text as it is searched. */
export interface Passages {
  /** Headings of each section, from the outermost; the first section, before any heading, has none. Sections without passages are left out. */
  readonly sections: ReadonlyArray<readonly string[]>;
  readonly passages: readonly Passage[];
}

/** Divides Markdown, or plain text, by its headings, and each section into sentences. */
export function readPassages(markdown: string): Passages {
  const sections: string[][] = [];
  const passages: Passage[] = [];
  let headings: Array<{ readonly depth: number; readonly text: string }> = [];
  let isOpen = false;
  const add = (text: string): void => {
    const spaced = oneLine(text);
    if (spaced === '') return;
    if (!isOpen) sections.push(headings.map((heading) => heading.text));
    isOpen = true;
    passages.push({ text: spaced, section: sections.length - 1 });
  };
  const visit = (tokens: readonly Token[]): void => {
    for (const token of tokens as readonly Tokens.Generic[]) {
      if (token.type === 'heading') {
        const { depth } = token as Tokens.Heading;
        headings = [...headings.filter((above) => above.depth < depth), { depth, text: plain(token) }];
        isOpen = false;
      } else if (token.type === 'list') visit((token as Tokens.List).items);
      else if (token.type === 'blockquote' || token.type === 'list_item') visit(token.tokens ?? []);
      else if (token.type === 'table') {
        const { header, rows } = token as Tokens.Table;
        for (const row of [header, ...rows]) add(row.map(plain).join(' · '));
      } else if (token.type === 'code') add((token as Tokens.Code).text);
      else if (token.type === 'paragraph' || token.type === 'text') sentences(plain(token)).forEach(add);
    }
  };
  // Letters of one composed form each, so that n-grams of equal texts are equal.
  visit(lexer(markdown.normalize('NFC')));
  return { sections, passages };
}

/** The words of a token, without marks, tags and addresses. */
function plain(token: { readonly type?: string; readonly text?: string; readonly tokens?: Token[] }): string {
  if (token.type === 'html') return '';
  if (token.type === 'br') return ' ';
  return token.tokens?.map((each) => plain(each as Tokens.Generic)).join('') ?? token.text ?? '';
}

const SENTENCES = new Intl.Segmenter('en', { granularity: 'sentence' });

/** The end of a line is no end of a sentence. */
function sentences(paragraph: string): string[] {
  return Array.from(SENTENCES.segment(oneLine(paragraph)), ({ segment }) => segment);
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
