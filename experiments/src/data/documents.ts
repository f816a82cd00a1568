import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { clean } from './clean.ts';
import { declaration } from './pairs/rights.ts';
import { type DataSet, splitBy } from './split.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');

/** Pages that experiments write their results into are left out: what is trained on must not change with what it gives. */
const isWritten = (name: string) => name.startsWith('experiments.');

function pages(language: 'en' | 'ko'): string[] {
  if (language === 'ko') return ['README.ko.md'];
  const docs = readdirSync(join(ROOT, 'docs')).filter(
    (name) => name.endsWith('.md') && !name.endsWith('.ko.md') && !isWritten(name),
  );
  return [
    'README.md',
    'CONTRIBUTING.md',
    ...docs.sort().map((name) => `docs/${name}`),
    ...['core', 'kernel-as', 'worker'].map((name) => `packages/${name}/README.md`),
  ];
}

/**
 * Prose of this repository's documentation and of the Universal Declaration of Human Rights, one paragraph, list item or heading each. Divided
 * by the hash of the paragraph. The documentation changes from version to version, and this data with it.
 */
export function documents(language: 'en' | 'ko'): DataSet<string> {
  const texts = [
    ...pages(language).flatMap((page) => paragraphs(readFileSync(join(ROOT, page), 'utf8'))),
    ...declaration(language === 'en' ? 'eng' : 'kor').flat(),
  ];
  const cleaned = texts.map(clean).filter((text) => text.length > 3);
  return splitBy(new Set(cleaned), (text) => text);
}

/** The prose of a Markdown document: paragraphs with their lines joined, list items and headings, without code, tables, comments and HTML. */
export function paragraphs(markdown: string): string[] {
  const prose = markdown
    .replace(/^---\n[\s\S]*?\n---\n/, '')
    .replace(/^```[\s\S]*?^```/gm, '')
    .replace(/<!--[\s\S]*?-->/g, '')
    .replace(/^(?:\||<|!\[|\[!\[).*$/gm, '');
  return prose
    .split(/\n\s*\n|\n(?=[-*] |\d+\. |#+ )/)
    .map((block) =>
      block
        .trim()
        .replace(/^(?:[-*]|\d+\.|#+) +/, '')
        .replace(/\s*\n\s*/g, ' '),
    )
    .filter((block) => block !== '');
}
