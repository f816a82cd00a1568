import { expect, test } from 'vitest';
import { problemsOf } from '../src/data/check.ts';
import { datePair, dates, sideOfDate, styles } from '../src/data/dates.ts';
import type { Pair } from '../src/data/split.ts';

// What the pinned Node's locale data gives. A difference means that figures of models trained on dates do not compare.
test('every style has the expected form in both languages', () => {
  const moment = new Date(Date.UTC(2029, 10, 28, 21, 4, 5));
  expect(styles.map((_, style) => Object.values(datePair(moment, style)).join(' → '))).toMatchInlineSnapshot(`
    [
      "Wednesday, November 28, 2029 → 2029년 11월 28일 수요일",
      "November 28, 2029 → 2029년 11월 28일",
      "Nov 28, 2029 → 2029. 11. 28.",
      "Wednesday, November 28, 2029 at 9:04 PM → 2029년 11월 28일 수요일 오후 9:04",
      "November 28, 2029 at 9:04 PM → 2029년 11월 28일 오후 9:04",
      "Nov 28, 2029, 9:04 PM → 2029. 11. 28. 오후 9:04",
      "Wednesday, November 28, 2029 at 9:04:05 PM → 2029년 11월 28일 수요일 오후 9:04:05",
      "November 28, 2029 at 9:04:05 PM → 2029년 11월 28일 오후 9:04:05",
      "Nov 28, 2029, 9:04:05 PM → 2029. 11. 28. 오후 9:04:05",
      "Wed, Nov 28, 2029 → 2029년 11월 28일 (수)",
      "November 28, 2029 Anno Domini → 서기 2029년 11월 28일",
      "Wednesday, 28 November 2029 → 2029년 11월 28일 수요일",
      "28 November 2029 → 2029년 11월 28일",
      "28 Nov 2029 → 2029. 11. 28.",
      "Wednesday, 28 November 2029 at 21:04 → 2029년 11월 28일 수요일 오후 9:04",
      "28 November 2029 at 21:04 → 2029년 11월 28일 오후 9:04",
      "28 Nov 2029, 21:04 → 2029. 11. 28. 오후 9:04",
      "Wednesday, 28 November 2029 at 21:04:05 → 2029년 11월 28일 수요일 오후 9:04:05",
      "28 November 2029 at 21:04:05 → 2029년 11월 28일 오후 9:04:05",
      "28 Nov 2029, 21:04:05 → 2029. 11. 28. 오후 9:04:05",
      "Wed, 28 Nov 2029 → 2029년 11월 28일 (수)",
      "28 November 2029 Anno Domini → 서기 2029년 11월 28일",
      "11/28/29 → 29. 11. 28.",
      "11/28/29, 9:04 PM → 29. 11. 28. 오후 9:04",
      "11/28/2029 → 2029. 11. 28.",
      "11/28/2029 → 2029. 11. 28.",
    ]
  `);
});

const shown = ({ source, target }: Pair) => ({ key: source, rest: target });
const sizes = { train: 3000, validation: 300, test: 300 };

test('dates are the same for the same seed, and are on one side', () => {
  const data = dates({ sizes });
  expect(dates({ sizes })).toEqual(data);
  const other = dates({ sizes, seed: 1 });
  expect(other.train).not.toEqual(data.train);
  const { train } = data;
  const { validation, test: held } = other;
  expect(
    problemsOf({ train: train.map(shown), validation: validation.map(shown), test: held.map(shown) }, 3000),
  ).toEqual([]);
});

test('a source has one target', () => {
  const targets = new Map<string, string>();
  for (const { source, target } of dates().train) {
    expect(targets.get(source) ?? target).toBe(target);
    targets.set(source, target);
  }
});

test('days that differ in the century are on one side, since short styles leave it out', () => {
  for (let day = 1; day <= 28; day++)
    expect(sideOfDate(new Date(Date.UTC(1914, 1, day)))).toBe(sideOfDate(new Date(Date.UTC(2014, 1, day))));
});

test('longer has more dates than the sides, as many in both languages', () => {
  const { train, longer } = dates({ sizes, maxDates: 2, longest: 5, longer: 100 });
  const count = (text: string) => text.split('; ').length;
  expect(new Set(train.map(({ source }) => count(source)))).toEqual(new Set([1, 2]));
  expect(new Set(longer.map(({ source }) => count(source)))).toEqual(new Set([3, 4, 5]));
  for (const { source, target } of longer) expect(count(target)).toBe(count(source));
});
