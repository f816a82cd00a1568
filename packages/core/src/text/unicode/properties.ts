/**
 * Characters of Unicode 17, for classes of regular expressions with the flag `v`. The library's regular expressions are of Unicode 16, so
 * to them they have no property.
 */
const NOT_IN_UNICODE_16 =
  '\\u088f\\u0c5c\\u0cdc\\u1acf-\\u1add\\u1ae0-\\u1aeb\\u20c1\\u2b96\\ua7ce-\\ua7cf\\ua7d2\\ua7d4\\ua7f1\\ufbc3-\\ufbd2' +
  '\\ufd90-\\ufd91\\ufdc8-\\ufdce\\u{10940}-\\u{10959}\\u{10ec5}-\\u{10ec7}\\u{10ed0}-\\u{10ed8}' +
  '\\u{10efa}-\\u{10efb}\\u{11b60}-\\u{11b67}\\u{11db0}-\\u{11ddb}\\u{11de0}-\\u{11de9}\\u{16ea0}-\\u{16eb8}' +
  '\\u{16ebb}-\\u{16ed3}\\u{16ff2}-\\u{16ff6}\\u{187f8}-\\u{187ff}\\u{18d09}-\\u{18d1e}\\u{18d80}-\\u{18df2}' +
  '\\u{1ccfa}-\\u{1ccfc}\\u{1ceba}-\\u{1ced0}\\u{1cee0}-\\u{1cef0}\\u{1e6c0}-\\u{1e6de}\\u{1e6e0}-\\u{1e6f5}' +
  '\\u{1e6fe}-\\u{1e6ff}\\u{1f6d8}\\u{1f777}-\\u{1f77a}\\u{1f8d0}-\\u{1f8d8}\\u{1fa54}-\\u{1fa57}\\u{1fa8a}' +
  '\\u{1fa8e}\\u{1fac8}\\u{1facd}\\u{1faea}\\u{1faef}\\u{1fbfa}\\u{2b73a}-\\u{2b73f}\\u{2cea2}-\\u{2cead}' +
  '\\u{323b0}-\\u{33479}';

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
  const words = name.split(/[\s_-]+/).map((word) => word.charAt(0).toUpperCase() + word.slice(1).toLowerCase());
  const spelled = [name, words.join('_')];
  const known = [...spelled, ...spelled.map((spelling) => `Script=${spelling}`)].find(isSupported);
  if (known === undefined) return undefined;
  if (/^(?:C|Cn|Other|Unassigned)$/.test(known)) return `[\\p{${known}}${NOT_IN_UNICODE_16}]`;
  // U+0295 became another letter (Lo) in Unicode 17.
  if (known === 'Ll' || known === 'Lowercase') return `[[\\p{${known}}\\u0295]--[${NOT_IN_UNICODE_16}]]`;
  return `[\\p{${known}}--[${NOT_IN_UNICODE_16}${known === 'Lo' ? '\\u0295' : ''}]]`;
}

/** Unicode's White_Space. */
export const WHITE_SPACE_CLASS = '[\\t-\\r \\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]';

const WORD = '\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}';

/** `\w` of Rust's regular expressions. */
export const WORD_CLASS = `[[${WORD}\\u200c\\u200d]--[${NOT_IN_UNICODE_16}]]`;

/** `[[:word:]]` of Oniguruma. */
export const POSIX_WORD_CLASS = `[[${WORD}]--[${NOT_IN_UNICODE_16}]]`;

/** `\w` of Oniguruma, which has some numbers of Latin-1. */
export const ONIGURUMA_WORD_CLASS = `[[${WORD}²³¹¼-¾]--[${NOT_IN_UNICODE_16}]]`;

/** Characters that are not visible: neither assigned nor white space nor controls. */
export const INVISIBLE = `\\p{Cc}\\p{Cn}\\p{Cs}${NOT_IN_UNICODE_16}`;
