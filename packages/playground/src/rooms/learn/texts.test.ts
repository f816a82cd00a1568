import { expect, test } from 'vitest';
import { CHAPTER_IDS, chapterOf } from './chapter.ts';
import { en } from './en.ts';
import { ko } from './ko.ts';

const words = (text: string): number => text.split(/\s+/).length;

test.each(CHAPTER_IDS)('%s has at most 120 words in either language', (id) => {
  for (const t of [en, ko]) {
    const { text, lesson } = t[id];
    expect(words([...text, lesson].join(' '))).toBeLessThanOrEqual(120);
  }
});

test('an address names a chapter by its id', () => {
  expect(CHAPTER_IDS).toHaveLength(14);
  expect(chapterOf('softmax')).toBe('softmax');
  expect(chapterOf('')).toBeUndefined();
  expect(chapterOf('toString')).toBeUndefined();
});
