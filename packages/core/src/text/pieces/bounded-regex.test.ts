import { describe, expect, it } from 'vitest';
import { BoundedRegex } from './bounded-regex.ts';
import { limitWork } from './limits.ts';
import { translateRegex } from './oniguruma.ts';
import { PUBLISHED_PATTERNS } from './published-patterns.ts';

/** All matches, as starts and ends. An empty match moves on by a character. */
function matches(find: (from: number) => readonly [number, number] | undefined, length: number): number[][] {
  const found: number[][] = [];
  for (let from = 0; from <= length; ) {
    const match = find(from);
    if (!match) break;
    found.push([...match]);
    from = match[1] > match[0] ? match[1] : match[1] + 1;
  }
  return found;
}

function expectSame(regex: RegExp, text: string): void {
  const bounded = new BoundedRegex(regex.source);
  limitWork(text.length);
  const ours = matches((from) => {
    const at = bounded.find(text, from);
    return at < 0 ? undefined : [at, bounded.end];
  }, text.length);
  const theirs = matches((from) => {
    regex.lastIndex = from;
    const match = regex.exec(text);
    return match ? [match.index, match.index + match[0].length] : undefined;
  }, text.length);
  expect([regex.source, ours]).toEqual([regex.source, theirs]);
}

const TEXTS = [
  '',
  "Hello, world's 12345 tokens!\n\n  x\ty  ",
  '한국어 문장, 그리고 漢字 かな ㎏',
  'aaab aab ab b',
  'ÀÉ été ÑANDÚ camelCaseWord HTTPServer',
  'a\u0301e\u0301 \u00a0\u3000. . .\r\n\r\n',
];

describe('BoundedRegex', () => {
  it.each([...PUBLISHED_PATTERNS])('finds what JavaScript finds for %s', (source) => {
    for (const text of TEXTS) expectSame(translateRegex(source, 'pattern'), text);
  });

  it.each([
    'a*?b',
    '(?:a|ab)(?:c|bcd)?b*',
    '(?:a*)*b',
    '(?:a{2,3}?){1,2}',
    '(?<=a+)b',
    '(?<!a{1,2})b',
    '(?=a+b)a|\\s(?!\\s)',
    '(?:(?=(?<a0>a+))\\k<a0>)b',
    '^a|b$',
    '(?:)',
    '(?:a|)+b',
    '[\\p{L}--[a-z]]+',
    '[^\\s&&[^a]]{2,}',
    '(?:\\bb|\\Ba)',
    '(?:(?:a?){3}){2}b',
  ])('finds what JavaScript finds for %s', (source) => {
    for (const text of TEXTS) expectSame(new RegExp(source, 'gv'), text);
  });

  it('finds a match of a million characters', () => {
    const text = '가'.repeat(1_000_000);
    limitWork(text.length);
    const word = new BoundedRegex('[\\p{Lu}\\p{Lo}]*[\\p{Ll}\\p{Lo}]+');
    expect(word.find(text, 0)).toBe(0);
    expect(word.end).toBe(text.length);
  });

  it.each([['(a)\\1'], ['(?:(?:ab){1000}){1000}'], ['('.repeat(300) + ')'.repeat(300)]])(
    'refuses %s',
    (source) => {
      expect(() => new BoundedRegex(source)).toThrow();
    },
  );
});
