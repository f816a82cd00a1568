import { expect, test } from 'vitest';
import { containsHangul, displayToken, toCompatibilityJamo, tokenLabel, truncateLabel } from './tokens.ts';

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

test('containsHangul recognises syllables and single letters', () => {
  expect(containsHangul('I drank 커피')).toBe(true);
  expect(containsHangul('ㅋㅋ')).toBe(true);
  expect(containsHangul('coffee ☕ 珈琲')).toBe(false);
});

test('truncateLabel counts code points and appends an ellipsis', () => {
  expect(truncateLabel('attention', 9)).toBe('attention');
  expect(truncateLabel('attention', 5)).toBe('atte…');
  expect(truncateLabel('😀😀😀', 2)).toBe('😀…');
});
