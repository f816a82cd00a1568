import { describe, expect, it } from 'vitest';
import { Random } from '../platform/random.ts';
import { type AnswerPart, readToolCalls, ToolCallReader } from './tool-calls.ts';

const names = ['weather', 'time'];
const weather = { name: 'weather', arguments: '{"city":"Seoul"}' };
const time = { name: 'time', arguments: '{}' };
const json = '{"name": "weather", "arguments": {"city": "Seoul"}}';
const llama = '{"name": "weather", "parameters": {"city": "Seoul"}}';
const isolated = (text: string) => ({ text, tokens: [] });

/** Neighbouring texts as one. */
function joined(parts: readonly AnswerPart[]): AnswerPart[] {
  const all: AnswerPart[] = [];
  for (const part of parts) {
    if (typeof part === 'string' && typeof all.at(-1) === 'string') all.push(`${all.pop()}${part}`);
    else all.push(part);
  }
  return all;
}

const answers: [string, string, AnswerPart[]][] = [
  ['text', 'It is < 5 [or so] {maybe}.', ['It is < 5 [or so] {maybe}.']],
  ['Hermes', `<tool_call>\n${json}\n</tool_call>`, [weather]],
  [
    'Hermes, several after text',
    `Let me see.\n<tool_call>\n${json}\n</tool_call>\n<tool_call>{"name": "time"}</tool_call>`,
    ['Let me see.\n', weather, '\n', time],
  ],
  ['Hermes without its end', `<tool_call>\n${json}`, [weather]],
  [
    'Hermes with broken JSON',
    '<tool_call>{"name": weather}</tool_call> Hm.',
    ['<tool_call>{"name": weather}</tool_call> Hm.'],
  ],
  [
    'Hermes, a tool that was not offered',
    '<tool_call>{"name": "x", "arguments": {}}</tool_call>',
    [{ name: 'x', arguments: '{}' }],
  ],
  ['Llama', llama, [weather]],
  ['Llama, of OpenAI’s form', `{"type": "function", "function": ${llama}}`, [weather]],
  ['Llama, several', `<|python_tag|>${llama}; {"name": "time", "parameters": {}}`, [weather, time]],
  ['Llama, a program', '<|python_tag|>print({1: 2})', ['print({1: 2})']],
  ['Llama, other JSON', '{"city": "Seoul"}, she said', ['{"city": "Seoul"}, she said']],
  [
    'Llama, a tool that was not offered',
    '{"name": "x", "parameters": {}}',
    ['{"name": "x", "parameters": {}}'],
  ],
  ['Llama, unfinished', '{"name": "weather", "param', ['{"name": "weather", "param']],
  ['JSON behind text', `Such as ${llama}`, [`Such as ${llama}`]],
  ['Mistral', `[TOOL_CALLS][${json}, {"name": "time", "arguments": {}}]`, [weather, time]],
  ['Mistral, its mark a special token that was left out', ` [${json}]`, [weather]],
  ['Mistral, newer', '[TOOL_CALLS]weather[ARGS]{"city": "Seoul"}[TOOL_CALLS]time{}', [weather, time]],
  ['Mistral without a call', '[TOOL_CALLS]no call', ['no call']],
  [
    'arguments as a text, with braces and quotes in strings',
    '{"name": "weather", "arguments": "{\\"city\\": \\"}]\\\\\\"\\"}"}',
    [{ name: 'weather', arguments: JSON.stringify({ city: '}]"' }) }],
  ],
  [
    'arguments that are no object',
    '{"name": "weather", "arguments": [1]}',
    ['{"name": "weather", "arguments": [1]}'],
  ],
];

describe('tool calls', () => {
  it.each(answers)('are read: %s', (_, text, parts) => {
    expect(readToolCalls(isolated(text), names)).toEqual({
      text: parts.filter((part) => typeof part === 'string').join(''),
      calls: parts.filter((part) => typeof part !== 'string'),
    });
  });

  it.each(answers)('are the same wherever the answer is divided: %s', (_, text, parts) => {
    const read = (pieces: readonly string[]) => {
      const reader = new ToolCallReader(names);
      return joined([...pieces.flatMap((piece) => reader.push(isolated(piece))), ...reader.end()]);
    };
    expect(read([...text])).toEqual(joined(parts));
    for (let at = 1; at < text.length; at++)
      expect(read([text.slice(0, at), text.slice(at)]), `at ${at}`).toEqual(joined(parts));
  });

  it('lose nothing of texts that have none', () => {
    const bits = [
      '<tool_call',
      '>',
      '</tool_call>',
      '[TOOL_CALLS',
      ']',
      '[',
      '{"name":',
      '"',
      '\\',
      '}',
      ' ',
      'a',
      ';',
    ];
    const random = new Random(1);
    for (let i = 0; i < 2000; i++) {
      const pieces = Array.from({ length: i % 13 }, () => bits[Math.floor(random.next() * bits.length)]!);
      const reader = new ToolCallReader([]);
      const found = [...pieces.flatMap((text) => reader.push(isolated(text))), ...reader.end()];
      // This mark without a call is left out.
      const without = (text: string) => text.replaceAll('[TOOL_CALLS]', '');
      expect(without(found.join(''))).toBe(without(pieces.join('')));
    }
  });

  it('pass text on as soon as it can be no mark', () => {
    const reader = new ToolCallReader(names);
    expect(reader.push(isolated('Let '))).toEqual(['Let ']);
    expect(reader.push(isolated('me <tool'))).toEqual(['me ']);
    expect(reader.push(isolated('s>'))).toEqual(['<tools>']);
    expect(reader.push(isolated(`<tool_call>${json}</tool`))).toEqual([]);
    expect(reader.push(isolated('_call>'))).toEqual([weather]);
  });

  it('see marks that are special tokens', () => {
    const token = (token: string, text = token) => ({ token, text });
    const tokens = [
      token('[TOOL_CALLS]', ''),
      token('weather'),
      token('[ARGS]', ''),
      token('{"city":'),
      token('"Seoul"}'),
      token('</s>', ''),
    ];
    const text = tokens.map(({ text }) => text).join('');
    expect(readToolCalls({ text, tokens }, names)).toEqual({ text: '', calls: [weather] });
  });
});
