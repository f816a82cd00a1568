import { describe, expect, it } from 'vitest';
import { ConfigError, FormatError, TemplateError } from '../errors.ts';
import { ChatTemplate } from './chat-template.ts';
import { Tokenizer } from './tokenizer.ts';

type Json = Record<string, unknown>;

const words = { type: 'WordLevel', vocab: { '<unk>': 0, a: 1 }, unk_token: '<unk>' };
const tokenizerOf = (json: Json) => Tokenizer.fromFiles({ tokenizerJson: { model: words, ...json } });
const splitBy = (Regex: string) => ({
  pre_tokenizer: { type: 'Split', pattern: { Regex }, behavior: 'Isolated', invert: false },
});

describe('a pattern that takes exponential time', () => {
  const text = `${'a'.repeat(40)}!`;
  const pattern = { Regex: '(a+)+$' };
  it.each<[string, Json]>([
    ['Split', splitBy('(a+)+$')],
    ['Split with alternatives', splitBy('(a|a)*$')],
    ['Split with repetitions', splitBy('(?:a?){40}a{40}b')],
    ['Split after a lookbehind', splitBy('(?<=(?:a+)+b)c|(a*)*b')],
    ['a normalizer', { normalizer: { type: 'Replace', pattern, content: 'b' } }],
  ])('in %s is refused with ConfigError when its steps are used up', (_, json) => {
    const tokenizer = tokenizerOf(json);
    const started = process.cpuUsage();
    try {
      tokenizer.encode(text);
    } catch (error) {
      expect(error).toBeInstanceOf(ConfigError);
      expect(String(error)).toContain('steps');
    }
    expect(process.cpuUsage(started).user).toBeLessThan(2e6);
  });

  it('in a decoder is refused with ConfigError when its steps are used up', () => {
    const tokenizer = tokenizerOf({
      model: { ...words, vocab: { '<unk>': 0, [text]: 1 } },
      decoder: { type: 'Replace', pattern, content: 'b' },
    });
    expect(() => tokenizer.decode([1])).toThrow(ConfigError);
  });

  it('leaves other texts to be tokenized as before', () => {
    const tokenizer = tokenizerOf(splitBy('(a+)+$'));
    expect(tokenizer.encode('b aa', { offsets: true }).offsets).toEqual(Int32Array.of(0, 2, 2, 4));
    expect(tokenizer.encode('aaa').ids).toHaveLength(1);
  });
});

describe('a tokenizer.json that grows the text', () => {
  it('in its decoder is refused beyond 200,000 units and 20 times the length', () => {
    // The token counts as well as what replaces a part of it.
    const decode = (length: number) =>
      tokenizerOf({
        decoder: { type: 'Replace', pattern: { String: 'a' }, content: 'b'.repeat(length) },
      }).decode([1]);
    expect(decode(200_019)).toHaveLength(200_019);
    expect(() => decode(200_020)).toThrow('200021 UTF-16 units');
  });

  it.each<[string, Json]>([
    [
      'by replacements of replacements',
      {
        normalizer: {
          type: 'Sequence',
          normalizers: Array.from({ length: 40 }, () => ({
            type: 'Replace',
            pattern: { String: 'a' },
            content: 'aa',
          })),
        },
      },
    ],
    [
      'by one long replacement',
      { normalizer: { type: 'Replace', pattern: { String: '' }, content: 'b'.repeat(99_999) } },
    ],
  ])('%s is refused with ConfigError', (_, json) => {
    expect(() => tokenizerOf(json).encode('a'.repeat(1000))).toThrow(ConfigError);
  });

  it('by nested post-processors is refused when it is made', () => {
    const one = { type: 'BertProcessing', sep: ['a', 1], cls: ['a', 1] };
    const json = { post_processor: { type: 'Sequence', processors: Array.from({ length: 30 }, () => one) } };
    expect(() => tokenizerOf(json)).toThrow(FormatError);
  });
});

describe('a long text', () => {
  const lengths = [30_000, 120_000];
  const bytes = Array.from({ length: 256 }, (_, byte) => [
    `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`,
    -9,
  ]);
  const unigram = (byteFallback: boolean) => ({
    type: 'Unigram',
    unk_id: 0,
    byte_fallback: byteFallback,
    vocab: [['<unk>', 0], ['▁', -2], ['a', -1], ['가', -2], ['나다', -3], ...bytes],
  });
  it.each<[string, string, Json]>([
    ['Korean, Unigram', '가나다라마', { model: unigram(false) }],
    ['Korean, Unigram with bytes', '가나다라마', { model: unigram(true), normalizer: { type: 'NFKC' } }],
    ['marks in two classes, NFD', '\u0327\u0301', { normalizer: { type: 'NFD' } }],
    ['marks in two classes, NFKC', '\u0327\u0301', { normalizer: { type: 'NFKC' } }],
    [
      'letters, added tokens',
      'a',
      {
        added_tokens: ['a', `${'a'.repeat(5000)}b`, ' '].map((content, id) => ({
          id,
          content,
          rstrip: true,
          normalized: id === 1,
        })),
      },
    ],
    [
      'spaces, added tokens that take them',
      ' ',
      { added_tokens: [{ id: 3, content: '  ', rstrip: true, lstrip: true }] },
    ],
  ])('of %s takes time in proportion to its length', (_, part, json) => {
    const tokenizer = tokenizerOf(json);
    tokenizer.encode(part);
    const times = lengths.map((length) => {
      const started = process.cpuUsage();
      tokenizer.decode(tokenizer.encode(part.repeat(length / part.length)).ids);
      return process.cpuUsage(started).user;
    });
    // Four times as long; in proportion to the square it would be 16 times. Short times vary.
    expect(times[1]! / Math.max(times[0]!, 50_000)).toBeLessThan(10);
  });
});

describe('token ids', () => {
  const tokenizer = tokenizerOf({});
  it.each([[null], [undefined], [1.5], ['3'], [-1], [2 ** 32 + 5], [Number.NaN], [{}], [[1]]])(
    '%s are refused with ConfigError',
    (id) => {
      expect(() => tokenizer.decode([id as never])).toThrow(ConfigError);
      expect(() => tokenizer.idToToken(id as never)).toThrow(ConfigError);
      const post = { type: 'BertProcessing', sep: ['a', id], cls: ['a', 1] };
      expect(() => tokenizerOf({ post_processor: post })).toThrow(FormatError);
      const template = {
        type: 'TemplateProcessing',
        single: [{ SpecialToken: { id: 'a', type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }],
        pair: [],
        special_tokens: { a: { id: 'a', ids: [id], tokens: ['a'] } },
      };
      expect(() => tokenizerOf({ post_processor: template })).toThrow(FormatError);
    },
  );

  it.each([[undefined], [null], ['1'], [3], [{ length: 3e7 }], [new Set([1])]])(
    'that are no list, %s, are refused with ConfigError',
    (ids) => {
      expect(() => tokenizer.decode(ids as never)).toThrow(ConfigError);
    },
  );

  it('outside the vocabulary are left out', () => {
    expect(tokenizer.decode([1, 9, 2 ** 32 - 1])).toBe('a');
  });
});

describe('wrong arguments', () => {
  const tokenizer = tokenizerOf({});
  it.each<[string, () => unknown]>([
    ['encode(undefined)', () => tokenizer.encode(undefined as never)],
    ['encode(null)', () => tokenizer.encode(null as never)],
    ['encode(3)', () => tokenizer.encode(3 as never)],
    ['encode([])', () => tokenizer.encode(['a'] as never)],
    ['encode with options null', () => tokenizer.encode('a', null as never)],
    ['encode with a pair of 3', () => tokenizer.encode('a', { pair: 3 as never })],
    ['encode with maxLength of a string', () => tokenizer.encode('a', { maxLength: '3' as never })],
    ['encode with maxLength NaN', () => tokenizer.encode('a', { maxLength: Number.NaN })],
    ['encode with an unknown truncation', () => tokenizer.encode('a', { truncation: 'middle' as never })],
    [
      'encodeWindows without a pair',
      () => tokenizer.encodeWindows('a', { maxLength: 3, stride: 1 } as never),
    ],
    ['tokenToId(3)', () => tokenizer.tokenToId(3 as never)],
    ['a chat template of 3', () => ChatTemplate.fromSource(3 as never)],
  ])('%s is refused with ConfigError', (_, call) => {
    expect(call).toThrow(ConfigError);
  });
});

describe('a template', () => {
  const message = { role: 'user', content: { length: 3e7 } as never };
  const render = (source: string, options = {}) => ChatTemplate.fromSource(source).render([message], options);

  it.each([
    [
      'a list that holds itself many times',
      '{% set n = namespace(l=[1]) %}{% for i in range(60) %}{% set n.l = [n.l, n.l] %}{% endfor %}{{ n.l }}',
    ],
    [
      'the same as JSON',
      '{% set n = namespace(l=[1]) %}{% for i in range(60) %}{% set n.l = [n.l, n.l] %}{% endfor %}{{ n.l | tojson }}',
    ],
    [
      'dates of a long format',
      "{% for i in range(9999) %}{% set _ = strftime_now('%Y' * 10000) %}{% endfor %}",
    ],
    ['a long indent of JSON', "{{ ([{'a': 1}] * 10000) | tojson(indent=100000) }}"],
    ['10,000 terms', `{{ 1${' + 1'.repeat(10_000)} }}`],
  ])('with %s fails with TemplateError', async (_, source) => {
    await expect(render(source, { maxTemplateSteps: 100_000 })).rejects.toThrow(TemplateError);
  });

  it('takes an object with a length for the object that it is', async () => {
    await expect(render('{{ messages[0].content | length }} {{ messages[0].content }}')).resolves.toBe(
      "1 {'length': 30000000}",
    );
  });

  it('takes as many steps and makes as long a text as the options say', async () => {
    const loop = "{% for i in range(1000) %}{{ 'ab' }}{% endfor %}";
    await expect(render(loop, { maxTemplateSteps: 1000 })).rejects.toThrow('maxTemplateSteps');
    await expect(render(loop, { maxTemplateLength: 1000 })).rejects.toThrow('maxTemplateLength');
    const long = "{% set x = 'a' * 20000000 %}{{ x | length }}";
    await expect(render(long)).rejects.toThrow('maxTemplateLength');
    await expect(render(long, { maxTemplateLength: 3e7, maxTemplateSteps: 1e8 })).resolves.toBe('20000000');
    await expect(render('', { maxTemplateSteps: 'many' })).rejects.toThrow(ConfigError);
  });

  it.each([
    [
      'loops',
      '{% for i in range(99999) %}{% for j in range(99999) %}{% set _ = i %}{% endfor %}{% endfor %}',
    ],
    [
      'loops in a macro',
      '{% macro m() %}{% for i in range(99999) %}{% for j in range(99999) %}{% if i %}{% endif %}{% endfor %}{% endfor %}{% endmacro %}{{ m() }}',
    ],
    [
      'loops in a block',
      '{% macro m() %}{{ caller() }}{% endmacro %}{% call m() %}{% for i in range(99999) %}{% filter upper %}{% for j in range(99999) %}a{% endfor %}{% endfilter %}{% endfor %}{% endcall %}',
    ],
  ])('with long %s ends when the signal is aborted meanwhile', async (_, source) => {
    const controller = new AbortController();
    const reason = new Error('stop');
    setTimeout(() => controller.abort(reason), 10);
    const options = { signal: controller.signal, maxTemplateSteps: Number.MAX_SAFE_INTEGER };
    await expect(render(source, options)).rejects.toBe(reason);
    await expect(render(source, { ...options, signal: AbortSignal.timeout(10) })).rejects.toMatchObject({
      name: 'TimeoutError',
    });
  });

  it('is rendered beside others with limits of its own', async () => {
    const long = "{% for i in range(30000) %}{{ 'ab' }}{% endfor %}";
    const limited = render(long, { maxTemplateSteps: 150_000 });
    const free = render(long);
    await expect(limited).rejects.toThrow('more than 150000 steps');
    expect((await free).length).toBe(60_000);
  });

  it('is not rendered when the signal is aborted', async () => {
    await expect(render('', { signal: AbortSignal.abort(new Error('stop')) })).rejects.toThrow('stop');
  });
});
