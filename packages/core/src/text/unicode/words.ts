/**
 * Characters of Unicode 17, for classes of regular expressions with the flag `v`. The library's regular expressions are of Unicode 16, so
 * to them they have no property.
 */
export const NOT_IN_UNICODE_16 =
  '\\u088f\\u0c5c\\u0cdc\\u1acf-\\u1add\\u1ae0-\\u1aeb\\u20c1\\u2b96\\ua7ce-\\ua7cf\\ua7d2\\ua7d4\\ua7f1\\ufbc3-\\ufbd2' +
  '\\ufd90-\\ufd91\\ufdc8-\\ufdce\\u{10940}-\\u{10959}\\u{10ec5}-\\u{10ec7}\\u{10ed0}-\\u{10ed8}' +
  '\\u{10efa}-\\u{10efb}\\u{11b60}-\\u{11b67}\\u{11db0}-\\u{11ddb}\\u{11de0}-\\u{11de9}\\u{16ea0}-\\u{16eb8}' +
  '\\u{16ebb}-\\u{16ed3}\\u{16ff2}-\\u{16ff6}\\u{187f8}-\\u{187ff}\\u{18d09}-\\u{18d1e}\\u{18d80}-\\u{18df2}' +
  '\\u{1ccfa}-\\u{1ccfc}\\u{1ceba}-\\u{1ced0}\\u{1cee0}-\\u{1cef0}\\u{1e6c0}-\\u{1e6de}\\u{1e6e0}-\\u{1e6f5}' +
  '\\u{1e6fe}-\\u{1e6ff}\\u{1f6d8}\\u{1f777}-\\u{1f77a}\\u{1f8d0}-\\u{1f8d8}\\u{1fa54}-\\u{1fa57}\\u{1fa8a}' +
  '\\u{1fa8e}\\u{1fac8}\\u{1facd}\\u{1faea}\\u{1faef}\\u{1fbfa}\\u{2b73a}-\\u{2b73f}\\u{2cea2}-\\u{2cead}' +
  '\\u{323b0}-\\u{33479}';

/** What words consist of, for a class of a regular expression. */
export const WORD = '\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}';

/** `\w` of Rust's regular expressions. */
export const WORD_CLASS = `[[${WORD}\\u200c\\u200d]--[${NOT_IN_UNICODE_16}]]`;
