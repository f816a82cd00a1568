import { NOT_IN_UNICODE_16, WORD } from './words.ts';

const isSupported = (name: string): boolean => {
  try {
    new RegExp(`\\p{${name}}`, 'u');
    return true;
  } catch {
    return false;
  }
};

/**
 * A class of the characters that have a property: a general category, a script or a binary property. Case and separators of the name do
 * not matter, as in Oniguruma. Undefined for a name that is not known.
 */
export function property(name: string): string | undefined {
  const words = name
    .split(/[\s_-]+/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1).toLowerCase());
  const spelled = [name, words.join('_')];
  const known = [...spelled, ...spelled.map((spelling) => `Script=${spelling}`)].find(isSupported);
  if (known === undefined) return undefined;
  if (/^(?:C|Cn|Other|Unassigned)$/.test(known)) return `[\\p{${known}}${NOT_IN_UNICODE_16}]`;
  // U+0295 became another letter (Lo) in Unicode 17.
  if (known === 'Ll' || known === 'Lowercase') return `[[\\p{${known}}\\u0295]--[${NOT_IN_UNICODE_16}]]`;
  return `[\\p{${known}}--[${NOT_IN_UNICODE_16}${known === 'Lo' ? '\\u0295' : ''}]]`;
}

/** Unicode's White_Space. */
export const WHITE_SPACE_CLASS =
  '[\\t-\\r \\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]';

/** `[[:word:]]` of Oniguruma. */
export const POSIX_WORD_CLASS = `[[${WORD}]--[${NOT_IN_UNICODE_16}]]`;

/** `\w` of Oniguruma, which has some numbers of Latin-1. */
export const ONIGURUMA_WORD_CLASS = `[[${WORD}²³¹¼-¾]--[${NOT_IN_UNICODE_16}]]`;

/** Characters that are not visible: neither assigned nor white space nor controls. */
export const INVISIBLE = `\\p{Cc}\\p{Cn}\\p{Cs}${NOT_IN_UNICODE_16}`;
