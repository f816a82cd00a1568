/**
 * Messages of programs as plain text. Both languages go through the same steps, so what is kept matches.
 */

import type { Pair } from './split.ts';

const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
};

/** Tags in messages. Not every word in angle brackets: `Promise<string>` is kept. */
const TAG =
  /<\/?(?:a|b|br|code|div|em|h\d|i|kbd|li|ol|p|pre|small|span|strong|table|td|th|tr|u|ul|\d+)(?:\s[^<>]*)?\/?>/gi;

/**
 * A message without what only programs read:
 *
 * - markup: HTML tags, entities, Markdown links, emphasis and code marks, VS Code's `$(icons)`
 * - mnemonics: `&&File`, `파일(&&F)`
 * - control characters and those without width; every kind of white space becomes one space
 *
 * The rest is in Unicode's composed form (NFC). Placeholders stay as they are.
 */
export function clean(message: string): string {
  return message
    .replace(TAG, ' ')
    .replace(/&(amp|lt|gt|quot|apos|nbsp);/g, (_, name: string) => ENTITIES[name]!)
    .replace(/\$\([\p{L}\d~-]+\)/gu, '')
    .replace(/\((?:&&|&)\p{L}\)/gu, '')
    .replace(/&&(?=\S)/g, '')
    .replace(/\[([^\]]+)\]\((?:[^()]|\([^()]*\))*\)/g, '$1')
    .replace(/\*\*|`/g, '')
    .replace(/[\u200b-\u200f\u2060\ufeff\u00ad]/g, '')
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .normalize('NFC')
    .trim();
}

/**
 * What near-duplicates have in common: the words of a text in lower case, without quoted names, placeholders, numbers and punctuation.
 * `Cannot find name 'x'.` and `cannot find name "{0}"` have the same key. A text of which nothing is left is its own key.
 */
export function groupKey(text: string): string {
  const words = text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/(?<![\p{L}\d])'[^']*'(?!\p{L})|"[^"]*"|“[^”]*”|‘[^’]*’/gu, ' ')
    .replace(/\{\w*\}/g, ' ')
    .replace(/[^\p{L}]+/gu, ' ')
    .trim();
  return words === '' ? text : words;
}

/** Placeholders of every syntax in use: `{0}`, `{{name}}`, `__name__`, `%1`. */
const PLACEHOLDER = /\{\{[^{}]*\}\}|\{[^{}\s]*\}|__\w+__|%\d+/g;

/**
 * A pair with its placeholders numbered in the order of the English text: `{0}`, `{1}`.
 *
 * @returns undefined when the translation does not have the same ones
 */
export function numberPlaceholders(english: string, korean: string): Pair | undefined {
  const names = [...new Set(english.match(PLACEHOLDER))];
  const others = new Set(korean.match(PLACEHOLDER));
  if (names.length !== others.size || !names.every((name) => others.has(name))) return undefined;
  const numbered = (text: string) => text.replace(PLACEHOLDER, (name) => `{${names.indexOf(name)}}`);
  return { source: numbered(english), target: numbered(korean) };
}

/**
 * Whether a cleaned pair is a translation to learn from: English words on one side, Hangul on the other, at most 300 characters each, and
 * lengths that do not differ more than English and Korean do (1 to 6 characters of English for one of Korean, with some room for short
 * texts).
 */
export function isTranslation({ source, target }: Pair): boolean {
  if (!/[a-z]{2}/i.test(source) || /[가-힣]/.test(source) || !/[가-힣]/.test(target)) return false;
  if (/https?:\/\//.test(source + target)) return false;
  if (Math.max(source.length, target.length) > 300) return false;
  return source.length + 8 >= target.length && source.length <= 6 * target.length + 8;
}
