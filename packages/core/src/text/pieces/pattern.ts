import { type Component, Component as Reader, tokenizerError } from '../json/component.ts';
import { BoundedRegex, shownPattern } from './bounded-regex.ts';
import { RegexSyntaxError } from './bounded-regex-parser.ts';
import { translateRegex } from './oniguruma.ts';
import { PUBLISHED_PATTERNS } from './published-patterns.ts';
import { boundedMatcher, regexMatcher } from './regex-matcher.ts';
import { type Matcher, stringMatcher } from './split.ts';

/** The matcher of a `pattern`: `{ String }` or `{ Regex }`, a regular expression of Oniguruma. */
export function readPattern(component: Component): Matcher {
  const pattern = new Reader(component.value('pattern'), `${component.path}.pattern`);
  const literal = pattern.value('String');
  const matcher =
    literal === undefined
      ? readRegex(pattern.string('Regex'), pattern.path)
      : literal === ''
        ? regexMatcher(/(?:)/gu)
        : stringMatcher(pattern.string('String'));
  pattern.end();
  return matcher;
}

function readRegex(source: string, path: string): Matcher {
  const regex = translateRegex(source, path);
  if (PUBLISHED_PATTERNS.has(source)) return regexMatcher(regex);
  const shown = shownPattern(source);
  try {
    return boundedMatcher(new BoundedRegex(regex.source, 'v', `tokenizer: ${path}, the pattern ${shown},`));
  } catch (error) {
    if (!(error instanceof RegexSyntaxError)) throw error;
    throw tokenizerError(`${path} in tokenizer.json: ${error.message} is not supported, in ${shown}`, error);
  }
}
