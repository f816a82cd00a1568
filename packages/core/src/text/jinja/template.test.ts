import { describe, expect, test } from 'vitest';
import { ConfigError, TemplateError } from '../../errors.ts';
import { ChatTemplate } from '../chat-template.ts';

const render = (source: string, variables: Record<string, unknown> = {}) =>
  ChatTemplate.fromSource(source).render([], { variables });

describe('a template cannot hang or fill the memory of its page', () => {
  test.each([
    [
      'nested loops',
      '{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}',
      'steps',
    ],
    ['a condition of loops', '{% for a in range(99999) if range(99999)|list %}{% endfor %}', 'steps'],
    [
      'a text doubled in a loop',
      "{% set ns = namespace(x='x') %}{% for i in range(99) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}",
      'longer than|takes more than',
    ],
    [
      'a text doubled by +',
      "{% set ns = namespace(x='x') %}{% for i in range(99) %}{% set ns.x = ns.x + ns.x %}{% endfor %}",
      'longer than|takes more than',
    ],
    [
      'a list doubled in a loop',
      '{% set ns = namespace(x=[1]) %}{% for i in range(99) %}{% set ns.x = ns.x + ns.x %}{% endfor %}',
      'longer than',
    ],
    ['a repeated text', "{{ 'x' * 1000000000 }}", 'longer than'],
    ['a repeated list', '{{ [1] * 1000000000 }}', 'longer than'],
    ['padding', "{{ 'x'.center(1000000000) }}", 'longer than'],
    ['the width of a format', "{{ '%1000000000d' % 1 }}", 'longer than'],
    ['zeros', "{{ '1'.zfill(1000000000) }}", 'longer than'],
    ['indentation', "{{ 'a\\nb'|indent(1000000000) }}", 'longer than'],
    ['output', "{% set x = 'x' * 1000000 %}{% for i in range(1000) %}{{ x }}{% endfor %}", 'longer than'],
    [
      'work on a long text',
      "{% set x = 'ab' * 4000000 %}{% for i in range(9999) %}{{ x.count('b') }}{% endfor %}",
      'steps',
    ],
    ['replacements', "{% set x = 'a' * 100000 %}{{ x.replace('a', x) }}", 'longer than'],
    ['recursion', '{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}', 'nested'],
    ['recursive loops', '{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}', 'nested'],
    ['a range', '{{ range(10 ** 9) }}', 'Range too big'],
    ['deep parentheses', `{{ ${'('.repeat(5000)}1${')'.repeat(5000)} }}`, 'nested too deeply'],
    ['deep lists', `{{ ${'['.repeat(5000)}${']'.repeat(5000)} }}`, 'nested too deeply'],
    ['many not', `{{ ${'not '.repeat(5000)}1 }}`, 'nested too deeply'],
    ['many signs', `{{ ${'-'.repeat(5000)}1 }}`, 'nested too deeply'],
    ['deep blocks', '{% if 1 %}'.repeat(5000), 'nested too deeply'],
    [
      'a value that holds itself many times',
      '{% set ns = namespace(x=[]) %}{% for i in range(200) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x }}',
      'nested',
    ],
  ])(
    'render throws TemplateError for %s',
    async (_, source, words) => {
      const error: unknown = await render(source).catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(TemplateError);
      expect((error as Error).message).toMatch(new RegExp(words));
    },
    30_000,
  );

  test('a long conversation is far from the limits', async () => {
    const messages = Array.from({ length: 2000 }, (_, i) => ({
      role: i % 2 === 0 ? 'user' : 'assistant',
      content: 'some words '.repeat(100),
    }));
    const template = ChatTemplate.fromSource(
      "{% for m in messages %}{% if m.role == 'user' %}{{ '<u>' ~ m.content | trim }}{% else %}{{ m['content'].split('x')[-1].strip('\\n') }}{% endif %}{% endfor %}",
    );
    await expect(template.render(messages)).resolves.toHaveLength(1000 * 1102 + 1000 * 1100);
  });
});

describe('values', () => {
  test.each([
    ['a function', () => 1],
    ['a Date', new Date(0)],
    ['a Map', new Map()],
    ['a bigint', 1n],
  ])('render throws ConfigError for %s among the variables', async (_, value) => {
    await expect(render('{{ x }}', { x: { y: [value] } })).rejects.toThrow(ConfigError);
    await expect(render('{{ x }}', { x: { y: [value] } })).rejects.toThrow('x.y[0] must be a value of JSON');
  });

  test('render throws ConfigError for a value that contains itself', async () => {
    const x: unknown[] = [];
    x.push(x);
    await expect(render('{{ x }}', { x })).rejects.toThrow('nested more than');
  });

  test('only own properties are found', async () => {
    await expect(
      render("[{{ x.constructor }}{{ x['toString'] }}{{ x.__proto__ }}{{ ''.constructor }}]", { x: {} }),
    ).resolves.toBe('[]');
    await expect(render('{{ x.__class__.__mro__ }}', { x: {} })).rejects.toThrow('unsafe');
  });

  test.each([
    ["{{ ('<a>'|safe) + 'b' }}", 'marked as safe'],
    ['{{ 9007199254740991 + 1 }}', 'beyond 2^53'],
    ["{{ 'a'|xmlattr }}", "the filter 'xmlattr' is not supported"],
    ['{{ lipsum() }}', 'lipsum is not supported'],
    ["{{ 'a'.encode() }}", 'the method encode'],
    ["{{ [1]|map('string') }}", 'a generator cannot be printed'],
  ])('render throws TemplateError by name for what is not supported: %s', async (source, words) => {
    await expect(render(source)).rejects.toThrow(TemplateError);
    await expect(render(source)).rejects.toThrow(words);
  });
});
