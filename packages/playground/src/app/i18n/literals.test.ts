import { glob, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parse } from 'svelte/compiler';
import { expect, test } from 'vitest';

const SOURCES = fileURLToPath(new URL('../../', import.meta.url));
/** Attributes that readers see or hear. */
const READ = new Set(['alt', 'aria-label', 'aria-description', 'label', 'placeholder', 'title']);
/** The same in all languages: the name, formats, a key, tokens, the last words of an English sentence, letters of formulas with their signs, and numbers. */
const SAME =
  /^(?:Headwise|SVG|PNG|CSV|SRT|VTT|Esc|\[[A-Z]+\]|… (?:tired|wide)|[^A-Za-z가-힣]*(?:[A-Za-z](?:[^A-Za-z가-힣]+[A-Za-z])*)?[^A-Za-z가-힣]*)$/;

interface Node {
  readonly type?: string;
  readonly name?: string;
  readonly data?: string;
  readonly value?: unknown;
}

/** Texts in a template that are no messages of a catalogue. */
function literals(value: unknown, found: string[]): void {
  if (Array.isArray(value)) for (const item of value) literals(item, found);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return;
  const node = value as Node;
  if (node.type === 'Text' && typeof node.data === 'string') {
    const text = node.data.trim();
    if (!SAME.test(text)) found.push(text);
  }
  if (node.type === 'Attribute') {
    if (READ.has(String(node.name))) literals(node.value, found);
    return;
  }
  for (const child of Object.values(node)) literals(child, found);
}

test('all words of the components are in the catalogues', async () => {
  const found: string[] = [];
  let files = 0;
  for await (const path of glob('**/*.svelte', { cwd: SOURCES })) {
    files += 1;
    const { fragment } = parse(await readFile(`${SOURCES}${path}`, 'utf8'), { modern: true });
    const here: string[] = [];
    literals(fragment, here);
    found.push(...here.map((text) => `${path}: ${text}`));
  }
  expect(files).toBeGreaterThan(40);
  expect(found).toEqual([]);
});
