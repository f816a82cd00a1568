import stringWidth from 'string-width';
import { describe, expect, test } from 'vitest';
import type { Story, StoryToken } from '../report.ts';
import { renderStory, StoryWriter } from './story.ts';

const token = (text: string, probability: number, ...others: [string, number][]): StoryToken => ({
  token: text.replace(' ', '▁'),
  text,
  probability,
  alternatives: others.map(([other, likely]) => ({ token: other, text: other, probability: likely })),
});

const story: Story = {
  model: 'tiny',
  backend: 'wasm-simd',
  prompt: 'The',
  text: ' cat 나\n',
  finishReason: 'stop',
  seed: 3,
  promptTokens: 2,
  tokens: [
    token(' cat', 0.956, [' dog', 0.04], [' 나', 0.0004]),
    token(' 나', 0.5, ['\n', 0.25], [' a', 0.2]),
    token('\n', 0.09994, ['.', 0.0999]),
    { token: '</s>', text: '', probability: 1, alternatives: [] },
  ],
  promptMs: 12.34,
  tokensPerSecond: 151.7,
};

const plain = { columns: 80, colour: false };

describe('a story', () => {
  test('is followed by its speed and its tokens', () => {
    expect(renderStory(story, plain).split('\n')).toEqual([
      '',
      '',
      '4 tokens, 152 a second (wasm-simd); 2 tokens of the prompt in 12.3 ms',
      'the end, drawn with seed 3',
      '',
      'Each token, and what else it could have been',
      '1  ␣cat        96 %  ␣dog 4.0 %   ␣나 <0.1 %',
      '2  ␣나         50 %  ⏎ 25 %   ␣a 20 %',
      '3  ⏎           10 %  . 10 %',
      '4  (the end)  100 %',
    ]);
  });

  test('leaves away what a narrow terminal has no room for', () => {
    const lines = renderStory(story, { columns: 32, colour: false }).split('\n').slice(6);
    expect(lines[0]).toBe('1  ␣cat        96 %  ␣dog 4.0 %');
    for (const line of lines) expect(stringWidth(line)).toBeLessThanOrEqual(32);
  });

  test('is written as it comes, shaded where there are colours', () => {
    const piece = (probability: number) =>
      ({ kind: 'piece', text: ' cat\n', tokens: [token(' cat', probability)] }) as const;
    const without = new StoryWriter(plain);
    expect(without.next({ kind: 'prompt', text: 'The' }) + without.next(piece(0.5))).toBe('The cat\n');
    const coloured = new StoryWriter({ columns: 80, colour: true });
    const shown = (event: Parameters<StoryWriter['next']>[0]) => coloured.next(event).replaceAll('\x1b', '^');
    expect(shown({ kind: 'prompt', text: 'The' })).toBe('^[1mThe^[0m');
    // The end of a line is not: a shade would go on to the terminal's edge.
    expect(shown(piece(0.5))).toBe('^[48;5;162m^[38;5;255m cat^[0m\n');
    expect(shown(piece(0.05))).toBe('^[48;5;230m^[38;5;16m cat^[0m\n');
    expect(shown(piece(0.95))).toBe(' cat\n');
    expect(shown({ kind: 'piece', text: '', tokens: [] })).toBe('');
  });
});
