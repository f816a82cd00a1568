import { expect, test } from 'vitest';
import { DICTIONARIES, pickLanguage } from './index.ts';

test('what was chosen wins, then what the browser asks for, then English', () => {
  expect(pickLanguage('ko', ['en-US'])).toBe('ko');
  expect(pickLanguage(undefined, ['fr-FR', 'ko-KR', 'en'])).toBe('ko');
  expect(pickLanguage('tlh', ['en-GB'])).toBe('en');
  expect(pickLanguage(undefined, [])).toBe('en');
});

/** Every message of a dictionary by its path; functions by their name alone. */
function messages(value: unknown, path: string): Array<[string, unknown]> {
  if (typeof value !== 'object' || value === null) return [[path, value]];
  return Object.entries(value).flatMap(([key, inner]) => messages(inner, `${path}.${key}`));
}

test('no message is empty, and Korean says as much as English', () => {
  const korean = messages(DICTIONARIES.ko, '');
  const english = messages(DICTIONARIES.en, '');
  expect(korean.map(([path]) => path)).toEqual(english.map(([path]) => path));
  for (const [path, message] of [...korean, ...english]) {
    if (typeof message === 'string') expect(message.trim(), path).not.toBe('');
  }
});
