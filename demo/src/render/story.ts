import stringWidth from 'string-width';
import type { LikelyToken, Story, StoryToken } from '../report.ts';
import type { StoryEvent } from '../story.ts';
import { faint, heading, type Screen, shade } from './shade.ts';
import { fit, widest } from './text.ts';

const TOKEN_AT_MOST = 14;
const PERCENT = 6;
const END = '(the end)';
const CERTAIN = 0.9;

/** Writes a story while it comes: its prompt in bold, what the model adds shaded where it was not sure of it. */
export class StoryWriter {
  readonly #screen: Screen;

  constructor(screen: Screen) {
    this.#screen = screen;
  }

  /** What to write for an event. */
  next(event: StoryEvent): string {
    if (event.kind === 'prompt') return heading(event.text, this.#screen);
    const spelt = event.tokens.filter(({ text }) => text !== '');
    const probability = Math.min(1, ...spelt.map((token) => token.probability));
    return event.text
      .split('\n')
      .map((line) => (line === '' ? '' : shadeDoubt(line, probability, this.#screen)))
      .join('\n');
  }
}

/** What follows the story: how fast it was written, and each token with the likeliest ones in its place. */
export function renderStory(story: Story, screen: Screen): string {
  const { backend, promptTokens, promptMs, tokens, tokensPerSecond, finishReason, seed } = story;
  const ended = { stop: 'the end', length: 'as many as asked for', context: 'no more room' }[finishReason];
  const drawn = seed === undefined ? '' : `, drawn with seed ${seed}`;
  return [
    '',
    '',
    heading(
      `${tokens.length} tokens, ${tokensPerSecond.toFixed(0)} a second (${backend}); ${promptTokens} tokens of the prompt in ${promptMs.toFixed(1)} ms`,
      screen,
    ),
    faint(`${ended}${drawn}`, screen),
    '',
    heading('Each token, and what else it could have been', screen),
    ...renderTokens(tokens, screen),
  ].join('\n');
}

function renderTokens(tokens: readonly StoryToken[], screen: Screen): string[] {
  const width = Math.min(TOKEN_AT_MOST, widest(tokens.map(shown)));
  const numberWidth = String(tokens.length).length;
  return tokens.map((token, i) => {
    const number = faint(String(i + 1).padStart(numberWidth), screen);
    const likely = shadeDoubt(percent(token.probability), token.probability, screen);
    const room = screen.columns - (numberWidth + 2 + width + 1 + PERCENT + 2);
    return `${number}  ${fit(shown(token), width)} ${likely}  ${faint(renderOthers(token.alternatives, room), screen)}`.trimEnd();
  });
}

/** As many of the alternatives as there is room for. */
function renderOthers(others: readonly LikelyToken[], room: number): string {
  let line = '';
  for (const other of others) {
    const next = `${line}${line === '' ? '' : '   '}${shown(other)} ${percent(other.probability).trim()}`;
    if (stringWidth(next) > room) break;
    line = next;
  }
  return line;
}

/** A token's text so that its spaces and line ends can be seen. */
function shown({ text, token }: LikelyToken): string {
  if (text === '') return /^<.*>$/.test(token) ? END : token;
  return text.replaceAll(' ', '␣').replaceAll('\n', '⏎').replaceAll('\t', '⇥');
}

function percent(probability: number): string {
  const value = 100 * probability;
  const digits = value >= 9.95 ? value.toFixed(0) : value >= 0.1 ? value.toFixed(1) : '<0.1';
  return `${digits} %`.padStart(PERCENT);
}

/** Shades what was not certain, the brighter the less likely it was. */
function shadeDoubt(text: string, probability: number, screen: Screen): string {
  return probability > CERTAIN ? text : shade(text, 1 - probability, screen);
}
