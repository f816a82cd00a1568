import { describe, expect, test } from 'vitest';
import { clean, groupKey, isTranslation, numberPlaceholders } from '../src/data/clean.ts';

describe('clean', () => {
  test.each([
    ['&&Show or Focus', 'Show or Focus'],
    ['파일(&&F)', '파일'],
    ['$(info) Remote "{0}" has no tags.', 'Remote "{0}" has no tags.'],
    ['Press <b>Enter</b>&nbsp;&amp; wait<br/>', 'Press Enter & wait'],
    ['See [the docs](https://example.com/a(b)) for **more** on `let`.', 'See the docs for more on let.'],
    ['two\n\n  lines\u00a0and\u200b\u0007 more', 'two lines and more'],
    ["Type 'Promise<string>' is not assignable.", "Type 'Promise<string>' is not assignable."],
    ['가'.normalize('NFD'), '가'],
  ])('%j becomes %j', (message, text) => {
    expect(clean(message)).toBe(text);
  });
});

describe('numberPlaceholders', () => {
  test('numbers the ones of every syntax in the order of the English text', () => {
    expect(numberPlaceholders('constrain %1 low %2', '%1의 값을 최소 %2으로')).toEqual({
      source: 'constrain {0} low {1}',
      target: '{0}의 값을 최소 {1}으로',
    });
    expect(numberPlaceholders('{{count}} of __all__ in {2}', '{2}의 __all__ 중 {{count}}')).toEqual({
      source: '{0} of {1} in {2}',
      target: '{2}의 {1} 중 {0}',
    });
  });

  test('gives nothing when the translation has others', () => {
    expect(numberPlaceholders('{0} files', '파일')).toBeUndefined();
    expect(numberPlaceholders('{0} files', '파일 {1}개')).toBeUndefined();
  });
});

test('groupKey is the same for texts that differ in names, numbers and punctuation', () => {
  const key = 'cannot find name';
  for (const text of ["Cannot find name '{0}'.", 'cannot find name "x"!', 'Cannot find name {1} 42'])
    expect(groupKey(text)).toBe(key);
  expect(groupKey("Cannot find name '{0}'. Did you mean '{1}'?")).toBe('cannot find name did you mean');
  expect(groupKey("'{0}' 이름을 찾을 수 없습니다.")).toBe('이름을 찾을 수 없습니다');
});

test('groupKey keeps apostrophes within words, and texts of which nothing would be left', () => {
  expect(groupKey("don't open the child's box")).toBe('don t open the child s box');
  expect(groupKey("'{0}'")).toBe("'{0}'");
});

test('isTranslation refuses what is not one', () => {
  const isOne = (source: string, target: string) => isTranslation({ source, target });
  expect(isOne('Open', '열기')).toBe(true);
  expect(isOne('OK', 'OK')).toBe(false);
  expect(isOne('열기', '열기')).toBe(false);
  expect(isOne('{0}', '{0}개')).toBe(false);
  expect(isOne('See https://example.com', 'https://example.com을 보세요')).toBe(false);
  expect(isOne('A sentence that is much longer than what stands beside it', '열기')).toBe(false);
});
