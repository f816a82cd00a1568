import stringWidth from 'string-width';
import { describe, expect, test } from 'vitest';
import type { StoryEvent } from '../generate-story.ts';
import type { Story, StoryToken } from '../report.ts';
import { renderStory, renderStoryEvent } from './story.ts';

const token = (text: string, probability: number, ...others: [string, number][]): StoryToken => ({
  token: text.replace(' ', '▁'),
  text,
  probability,
  alternatives: others.map(([other, likelihood]) => ({ token: other, text: other, probability: likelihood })),
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

describe('renderStory', () => {
  test('lists the speed and all tokens with their alternatives', () => {
    expect(renderStory(story, plain).split('\n')).toEqual([
      '',
      '',
      '4 tokens, 152 tokens/s (wasm-simd); prompt of 2 tokens in 12.3 ms',
      'end of text, sampled with seed 3',
      '',
      'Tokens with probabilities and most likely alternatives',
      '1  ␣cat    96 %  ␣dog 4.0 %   ␣나 <0.1 %',
      '2  ␣나     50 %  ⏎ 25 %   ␣a 20 %',
      '3  ⏎       10 %  . 10 %',
      '4  (end)  100 %',
    ]);
  });

  test('leaves out alternatives that do not fit a narrow terminal', () => {
    const lines = renderStory(story, { columns: 32, colour: false }).split('\n').slice(6);
    expect(lines[0]).toBe('1  ␣cat    96 %  ␣dog 4.0 %');
    for (const line of lines) expect(stringWidth(line)).toBeLessThanOrEqual(32);
  });
});

describe('renderStoryEvent', () => {
  test('returns plain text when colours are off, and shades unlikely pieces when they are on', () => {
    const piece = (probability: number) =>
      ({ kind: 'piece', text: ' cat\n', tokens: [token(' cat', probability)] }) as const;
    const prompt = { kind: 'prompt', text: 'The' } as const;
    expect(renderStoryEvent(prompt, plain) + renderStoryEvent(piece(0.5), plain)).toBe('The cat\n');
    const coloured = (event: StoryEvent) =>
      renderStoryEvent(event, { columns: 80, colour: true }).replaceAll('\x1b', '^');
    expect(coloured(prompt)).toBe('^[1mThe^[0m');
    // The line end is not shaded.
    expect(coloured(piece(0.5))).toBe('^[48;5;162m^[38;5;255m cat^[0m\n');
    expect(coloured(piece(0.05))).toBe('^[48;5;230m^[38;5;16m cat^[0m\n');
    expect(coloured(piece(0.95))).toBe(' cat\n');
    expect(coloured({ kind: 'piece', text: '', tokens: [] })).toBe('');
  });
});
