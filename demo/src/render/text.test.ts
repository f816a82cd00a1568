import stringWidth from 'string-width';
import { describe, expect, test } from 'vitest';
import { displayToken, fit, wrap } from './text.ts';

describe('displayToken', () => {
  test('replaces conjoining jamo by compatibility jamo', () => {
    expect(['나', '##는'].map((token) => displayToken(token.normalize('NFD')))).toEqual(['ㄴㅏ', '##ㄴㅡㄴ']);
    expect(displayToken('힣'.normalize('NFD'))).toBe('ㅎㅣㅎ');
    expect(displayToken('가까'.normalize('NFD'))).toBe('ㄱㅏㄲㅏ');
  });

  test('returns other text unchanged', () => {
    expect(['[CLS]', 'coffee', '##s', '한'].map(displayToken)).toEqual(['[CLS]', 'coffee', '##s', '한']);
  });
});

describe('fit', () => {
  test.each(['coffee', '나는 커피를 마셨다.', '👩‍🔬 가', 'é', ''])(
    'returns %j at exactly the given width',
    (text) => {
      for (let columns = 1; columns < 24; columns++) expect(stringWidth(fit(text, columns))).toBe(columns);
    },
  );

  test('cuts between characters and appends an ellipsis', () => {
    expect(fit('나는 커피를', 6)).toBe('나는 …');
    expect(fit('나는', 3)).toBe('나…');
    expect(fit('나는', 6)).toBe('나는  ');
  });
});

test('wrap breaks lines at the given width', () => {
  const lines = wrap(['ㅁㅏ', '##ㅅㅕㅆ', '##ㄷㅏ', '.', '[SEP]'], 16, '  ');
  expect(lines).toEqual(['  ㅁㅏ  ##ㅅㅕㅆ', '  ##ㄷㅏ  .', '  [SEP]']);
  expect(lines.map((line) => stringWidth(line))).toEqual([16, 11, 7]);
});
