import { expect, test } from 'vitest';
import {
  displayToken,
  foreignScript,
  toCompatibilityJamo,
  tokenLabel,
  truncateLabel,
  widestLabels,
} from './tokens.ts';

test('toCompatibilityJamo replaces conjoining jamo', () => {
  expect(toCompatibilityJamo('나는 커피'.normalize('NFD'))).toBe('ㄴㅏㄴㅡㄴ ㅋㅓㅍㅣ');
  expect(toCompatibilityJamo('값짧뷁'.normalize('NFD'))).toBe('ㄱㅏㅄㅉㅏㄼㅂㅞㄺ');
  expect(toCompatibilityJamo('love')).toBe('love');
});

test('displayToken recognises continuation tokens and special tokens', () => {
  expect(displayToken('##ᅡ')).toEqual({ label: 'ㅏ', continues: true, special: false });
  expect(displayToken('[CLS]')).toEqual({ label: '[CLS]', continues: false, special: true });
  expect(displayToken('[UNK]').special).toBe(false);
  expect(displayToken('##')).toEqual({ label: '##', continues: false, special: false });
  expect(tokenLabel('##ing')).toBe('##ing');
});

test('foreignScript recognises Hangul, and letters of any other script but the Latin one', () => {
  expect(foreignScript('I drank 커피')).toBe('hangul');
  expect(foreignScript('ㅋㅋ 珈琲')).toBe('hangul');
  for (const text of ['coffee ☕ 珈琲', 'кофе', 'καφές', 'قهوة', 'コーヒー'])
    expect(foreignScript(text)).toBe('other');
  for (const text of ['', 'café, Ångström & naïve', '2 + 2 = 4 ☕ ªº', '…—“”']) {
    expect(foreignScript(text)).toBeUndefined();
  }
});

test('truncateLabel counts code points and appends an ellipsis', () => {
  expect(truncateLabel('attention', 9)).toBe('attention');
  expect(truncateLabel('attention', 5)).toBe('atte…');
  expect(truncateLabel('😀😀😀', 2)).toBe('😀…');
});

test('widestLabels counts syllables of Hangul as two letters, and each label once', () => {
  expect(widestLabels(['a', '마셨다', 'coffee!', 'coffee!', 'the', 'river'])).toEqual([
    'coffee!',
    '마셨다',
    'river',
    'the',
  ]);
  expect(widestLabels([])).toEqual([]);
});
