import { LoadError, MemoryLimitError } from '@headwise/core';
import { expect, test } from 'vitest';
import { failureOf } from './failure.ts';

test('failureOf tells apart what a visitor can do something about', () => {
  expect(failureOf(new LoadError('timeout', 'silent'))).toEqual({ cause: 'connection', message: 'silent' });
  expect(failureOf(new LoadError('not-found', 'none')).cause).toBe('missing');
  expect(failureOf(new LoadError('no-space', 'full')).cause).toBe('space');
  expect(failureOf(new MemoryLimitError('too large', {}, 0, [])).cause).toBe('memory');
  expect(failureOf(Object.assign(new Error('x'), { code: 'ERR_UNSUPPORTED_BUILD' })).cause).toBe(
    'unsupported',
  );
  const forbidden = new Error('WebAssembly.compile() violates the Content Security Policy directive');
  expect(failureOf(forbidden).cause).toBe('policy');
  expect(failureOf(new Error('constructor'))).toEqual({ cause: 'other', message: 'constructor' });
  expect(failureOf('text')).toEqual({ cause: 'other', message: 'text' });
  expect(failureOf(undefined).cause).toBe('other');
});
