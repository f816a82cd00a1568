import { expect, test } from 'vitest';
import { DATE_STYLES, datePair, drawDates, translateDate } from './dates.ts';

test('a moment is written as in the training data, in all styles', () => {
  const moment = new Date(Date.UTC(2029, 10, 28, 21, 4, 5));
  expect(DATE_STYLES.map((style) => Object.values(datePair(moment, style)).join(' → '))).toEqual([
    '11/28/2029 → 2029. 11. 28.',
    'Nov 28, 2029 → 2029. 11. 28.',
    'November 28, 2029 → 2029년 11월 28일',
    'Wednesday, November 28, 2029 → 2029년 11월 28일 수요일',
    'Wednesday, November 28, 2029 at 9:04 PM → 2029년 11월 28일 수요일 오후 9:04',
    'Wednesday, November 28, 2029 at 9:04:05 PM → 2029년 11월 28일 수요일 오후 9:04:05',
  ]);
  expect(datePair(new Date(Date.UTC(2000, 0, 1)), 'fullTime').target).toBe(
    '2000년 1월 1일 토요일 오전 12:00',
  );
});

test('dates that are drawn are translated as they were written, and a seed gives the same', () => {
  const pairs = drawDates(200, 7);
  for (const { source, target } of pairs) expect(translateDate(source)).toBe(target);
  expect(drawDates(200, 7)).toEqual(pairs);
  expect(drawDates(200, 8)).not.toEqual(pairs);
});

test('a text that is no date, or a wrong one, has no translation', () => {
  // November 28, 2029 is a Wednesday; May is long, not medium.
  for (const text of ['', 'hello', 'Monday, November 28, 2029', 'February 30, 2029', '28 Nov 2029'])
    expect(translateDate(text)).toBeUndefined();
  expect(translateDate('May 7, 1995')).toBe('1995년 5월 7일');
});
