import { describe, expect, it } from 'vitest';
import { FormatError } from '../../errors.ts';
import { translateRegex } from './oniguruma.ts';

/** All matches of an expression in a text. */
const matches = (source: string, text: string) =>
  Array.from(text.matchAll(translateRegex(source, 'pattern')), ([match]) => match);

describe('translateRegex', () => {
  // Expected by tokenizers 0.23.2, `Split(Regex(source), 'isolated')`.
  it.each([
    ['\\s', 'a\u0085b\ufeffc\u00a0', ['\u0085', '\u00a0']],
    ['.', 'a\r\u2028\n', ['a', '\r', '\u2028']],
    ['^b', 'b\nb', ['b', 'b']],
    ['a$', 'a\na', ['a', 'a']],
    ["(?i:'S|'k)", "'s 'ſ '\u212a 'x", ["'s", "'ſ", "'\u212a"]],
    ['[^\\p{L}]?+\\p{L}', '1a', ['1a']],
    ['a++b|a', 'aab aa', ['aab', 'a', 'a']],
    ['(?>a|ab)c', 'abc ac', ['ac']],
    ['[a-z&&[^aeiou]]+', 'hello', ['h', 'll']],
    ['\\h+', 'xfF0', ['fF0']],
    ['\\R', 'a\r\nb\n', ['\r\n', '\n']],
    ['\\w+', 'é½_²-a', ['é½_²', 'a']],
    ['[[:punct:]]', 'a+b!', ['+', '!']],
    ['\\p{^L}', 'a1', ['1']],
    ['(?m:.)', '\n', ['\n']],
    ['\\x{AC00}', '가', ['가']],
    ['a{,2}b', 'aab', ['aab']],
    ['(?x) a  b # c', 'ab', ['ab']],
  ])('%s finds what Oniguruma finds', (source, text, expected) => {
    expect(matches(source, text)).toEqual(expected);
  });

  it.each([
    ['(a)\\1', '\\1'],
    ['\\X', '\\X'],
    ['\\Ga', '\\G'],
    ['(?i)straß', 'ß'],
    ['(?i)ss', '"ss"'],
    ['\\p{Klingon}', '\\p{Klingon}'],
    ['(a', 'an unmatched ('],
    ['a)', 'an unmatched )'],
    ['[a', 'an unmatched ['],
    ['(?(1)a)', 'the group (?(1'],
  ])('refuses %s and names the part', (source, part) => {
    expect(() => translateRegex(source, 'pre_tokenizer.pattern')).toThrow(FormatError);
    expect(() => translateRegex(source, 'pre_tokenizer.pattern')).toThrow(part);
  });
});
