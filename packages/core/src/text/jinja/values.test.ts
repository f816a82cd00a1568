import { expect, test } from 'vitest';
import { ChatTemplate } from '../chat-template.ts';
import { tokenBytes } from '../token-bytes.ts';
import { codePoints } from './values.ts';

const render = (source: string, variables: Record<string, unknown> = {}) =>
  ChatTemplate.fromSource(source).render([], { variables });

// Rendered by Jinja 3.1.6.
test.each([
  [
    "{{ {'a': [1]} == {'a': [1]} }} {{ {'a': 1} == {'a': 2} }} {{ {'a': 1} == {'b': 1} }}",
    'True False False',
  ],
  ['{{ (1,) == [1] }} {{ (1, 2) == (1, 2) }}', 'False True'],
  ["{{ 'a\nb'|indent(0) }}|{{ 'a\nb'|indent(1) }}|{{ 'a'|center(0) }}", 'a\nb|a\n b|a'],
  ["{{ '{:e}|{:f}|{:g}|{:%}'.format(1.5, 1.5, 1.5, 1.5) }}", '1.500000e+00|1.500000|1.5|150.000000%'],
  ["{{ '{:g}|{:.3g}'.format(123456.7, 1234.5) }}", '123457|1.23e+03'],
  ["{{ 'aaa'|replace('a', 'b', 1) }} {{ 'aaa'|replace('a', 'b', 9) }}", 'baa bbb'],
  ["{{ '-2'|int }} {{ '9007199254740991'|int }}", '-2 9007199254740991'],
  ["{{ '😀a'|length }}", '2'],
])('renders %j as Jinja does', async (source, expected) => {
  expect(await render(source)).toBe(expected);
});

test('integers that are not exact are refused', async () => {
  await expect(render("{{ '9007199254740992'|int }}")).rejects.toThrow(
    'integers beyond 2^53 are not supported',
  );
});

test('printing long texts in a list takes steps', async () => {
  const source = '{% for i in range(50) %}{% set shown = [text]|string %}{% endfor %}';
  const variables = { text: 'a'.repeat(1_000_000) };
  await expect(render(source, variables)).rejects.toThrow('steps');
  expect(await render(source, { text: 'a'.repeat(1000) })).toBe('');
});

test('codePoints counts pairs of surrogates once, and single ones', () => {
  expect(codePoints('a😀b')).toBe(3);
  expect(codePoints('\ud83d')).toBe(1);
  expect(codePoints('\udc00\udc00')).toBe(2);
  expect(codePoints('\ud83da')).toBe(2);
});

test('tokenBytes reads the byte of a byte token only where the vocabulary has such', () => {
  expect(tokenBytes('<0xE4>', 'byteFallback')).toEqual([0xe4]);
  expect(tokenBytes('ab', 'byteFallback')).toBeUndefined();
  expect(tokenBytes('<0xE4>', 'none')).toBeUndefined();
  expect(tokenBytes('Ġa', 'byteLevel')).toEqual([0x20, 0x61]);
});
