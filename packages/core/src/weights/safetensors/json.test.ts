import { describe, expect, it } from 'vitest';
import { JsonError, JsonReal, parseStrictJson } from './json.ts';

describe('parseStrictJson', () => {
  it('parses every kind of value', () => {
    const value = parseStrictJson(' {"a": [1, -2, 0.5, "\\u00e9\\n", true, false, null, {}, []]}\n');
    expect(value).toEqual(
      new Map([['a', [1, -2, new JsonReal(0.5), 'é\n', true, false, null, new Map(), []]]]),
    );
  });

  it('keeps integers exact', () => {
    expect(parseStrictJson('9007199254740991')).toBe(9_007_199_254_740_991);
    expect(parseStrictJson('9007199254740993')).toBe(9_007_199_254_740_993n);
    expect(parseStrictJson('-18446744073709551615')).toBe(-18_446_744_073_709_551_615n);
  });

  it('returns JsonReal for numbers that are not plain integers', () => {
    for (const text of ['1.0', '1e3', '1E-2', '-0']) expect(parseStrictJson(text)).toBeInstanceOf(JsonReal);
  });

  const invalid = [
    '',
    ' ',
    '{',
    '[1,]',
    '{"a"}',
    '{"a":}',
    '{a:1}',
    '01',
    '1.',
    '.5',
    '+1',
    '1e',
    '--1',
    'tru',
    'nulll',
    '"',
    '"\\',
    '"\\u12"',
    '"\t"',
    '1 2',
  ];
  it.each(invalid)('throws JsonError for %j, as JSON.parse does', (text) => {
    expect(() => JSON.parse(text)).toThrow();
    expect(() => parseStrictJson(text)).toThrow(JsonError);
  });

  it('throws with the position of the error', () => {
    expect(() => parseStrictJson('{"a": 1 "b": 2}')).toThrow("expected ',' or '}' at character 8");
  });

  it('throws for duplicate keys at any depth', () => {
    expect(() => parseStrictJson('{"a":{"b":1,"\\u0062":2}}')).toThrow('key "b" appears twice');
  });
});
