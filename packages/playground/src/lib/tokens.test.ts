import { expect, test } from 'vitest';
import { hasHangul, shorten, showToken, standaloneJamo, tokenLabel } from './tokens.ts';

test('conjoining jamo become the letters that stand alone', () => {
  expect(standaloneJamo('나는 커피'.normalize('NFD'))).toBe('ㄴㅏㄴㅡㄴ ㅋㅓㅍㅣ');
  expect(standaloneJamo('값짧뷁'.normalize('NFD'))).toBe('ㄱㅏㅄㅉㅏㄼㅂㅞㄺ');
  expect(standaloneJamo('love')).toBe('love');
});

test('tokens that go on with a word, and those that the tokeniser adds, are told apart', () => {
  expect(showToken('##ᅡ')).toEqual({ label: 'ㅏ', continues: true, special: false });
  expect(showToken('[CLS]')).toEqual({ label: '[CLS]', continues: false, special: true });
  expect(showToken('[UNK]').special).toBe(false);
  expect(showToken('##')).toEqual({ label: '##', continues: false, special: false });
  expect(tokenLabel('##ing')).toBe('##ing');
});

test('Hangul is seen as syllables and as letters', () => {
  expect(hasHangul('I drank 커피')).toBe(true);
  expect(hasHangul('ㅋㅋ')).toBe(true);
  expect(hasHangul('coffee ☕ 珈琲')).toBe(false);
});

test('long labels end in an ellipsis, counted in characters', () => {
  expect(shorten('attention', 9)).toBe('attention');
  expect(shorten('attention', 5)).toBe('atte…');
  expect(shorten('😀😀😀', 2)).toBe('😀…');
});
