import { expect, test } from 'vitest';
import { en as benchmark } from '../../rooms/benchmark/en.ts';
import { ko as benchmarkKo } from '../../rooms/benchmark/ko.ts';
import { en as explore } from '../../rooms/explore/en.ts';
import { ko as exploreKo } from '../../rooms/explore/ko.ts';
import { en as panels } from '../../rooms/explore/panels/en.ts';
import { ko as panelsKo } from '../../rooms/explore/panels/ko.ts';
import { en as generate } from '../../rooms/generate/en.ts';
import { ko as generateKo } from '../../rooms/generate/ko.ts';
import { en as learn } from '../../rooms/learn/en.ts';
import { ko as learnKo } from '../../rooms/learn/ko.ts';
import { en as listen } from '../../rooms/listen/en.ts';
import { ko as listenKo } from '../../rooms/listen/ko.ts';
import { en as search } from '../../rooms/search/en.ts';
import { ko as searchKo } from '../../rooms/search/ko.ts';
import { en as train } from '../../rooms/train/en.ts';
import { ko as trainKo } from '../../rooms/train/ko.ts';
import { DICTIONARIES, pickLanguage } from './index.ts';

/** The catalogues of the shell and of all rooms. */
const CATALOGUES = {
  shell: DICTIONARIES,
  explore: { en: explore, ko: exploreKo },
  explorePanels: { en: panels, ko: panelsKo },
  learn: { en: learn, ko: learnKo },
  generate: { en: generate, ko: generateKo },
  train: { en: train, ko: trainKo },
  search: { en: search, ko: searchKo },
  listen: { en: listen, ko: listenKo },
  benchmark: { en: benchmark, ko: benchmarkKo },
};

test('pickLanguage returns the stored language, else a language of the browser, else English', () => {
  expect(pickLanguage('ko', ['en-US'])).toBe('ko');
  expect(pickLanguage(undefined, ['fr-FR', 'ko-KR', 'en'])).toBe('ko');
  expect(pickLanguage('tlh', ['en-GB'])).toBe('en');
  expect(pickLanguage(undefined, [])).toBe('en');
});

/** The messages of a dictionary with their paths. */
function messages(value: unknown, path: string): Array<[string, unknown]> {
  if (typeof value !== 'object' || value === null) return [[path, value]];
  return Object.entries(value).flatMap(([key, inner]) => messages(inner, `${path}.${key}`));
}

test.each(Object.entries(CATALOGUES))(
  'English and Korean have the same messages in %s, and none is empty',
  (_, catalogue) => {
    const korean = messages(catalogue.ko, '');
    const english = messages(catalogue.en, '');
    expect(korean.map(([path]) => path)).toEqual(english.map(([path]) => path));
    for (const [path, message] of [...korean, ...english]) {
      if (typeof message === 'string') expect(message.trim(), path).not.toBe('');
    }
  },
);
