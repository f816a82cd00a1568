import { type Component, Component as Reader } from '../json/component.ts';
import { translateRegex } from './oniguruma.ts';
import { type Matcher, regexMatcher, stringMatcher } from './split.ts';

/** The matcher of a `pattern`: `{ String }` or `{ Regex }`, a regular expression of Oniguruma. */
export function readPattern(component: Component): Matcher {
  const pattern = new Reader(component.value('pattern'), `${component.path}.pattern`);
  const literal = pattern.value('String');
  const matcher =
    literal === undefined
      ? regexMatcher(translateRegex(pattern.string('Regex'), pattern.path))
      : literal === ''
        ? regexMatcher(/(?:)/gu)
        : stringMatcher(pattern.string('String'));
  pattern.end();
  return matcher;
}
