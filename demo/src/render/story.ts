import stringWidth from 'string-width';
import type { StoryEvent } from '../generate-story.ts';
import type { LikelyToken, Story, StoryToken } from '../report.ts';
import { faint, heading, type Screen, shade } from './shade.ts';
import { fit, maxWidth } from './text.ts';

const MAX_TOKEN_WIDTH = 14;
const PERCENT_WIDTH = 6;
const END_OF_TEXT = '(end)';
/** Tokens of a higher probability are not shaded. */
const MAX_SHADED_PROBABILITY = 0.9;

/** The prompt in bold, or a generated piece shaded by its least likely token. */
export function renderStoryEvent(event: StoryEvent, screen: Screen): string {
  if (event.kind === 'prompt') return heading(event.text, screen);
  const withText = event.tokens.filter(({ text }) => text !== '');
  const probability = Math.min(1, ...withText.map((token) => token.probability));
  // Line ends stay unshaded: the background colour would continue to the terminal's edge.
  return event.text
    .split('\n')
    .map((line) => (line === '' ? '' : shadeByProbability(line, probability, screen)))
    .join('\n');
}

/** The lines below a story: speed, reason of the end, and each token with its most likely alternatives. */
export function renderStory(story: Story, screen: Screen): string {
  const { backend, promptTokens, promptMs, tokens, tokensPerSecond, finishReason, seed } = story;
  const ending = { stop: 'end of text', length: 'maximum number of tokens', context: 'context full' }[
    finishReason
  ];
  const sampling = seed === undefined ? '' : `, sampled with seed ${seed}`;
  return [
    '',
    '',
    heading(
      `${tokens.length} tokens, ${tokensPerSecond.toFixed(0)} tokens/s (${backend}); prompt of ${promptTokens} tokens in ${promptMs.toFixed(1)} ms`,
      screen,
    ),
    faint(`${ending}${sampling}`, screen),
    '',
    heading('Tokens with probabilities and most likely alternatives', screen),
    ...renderTokens(tokens, screen),
  ].join('\n');
}

function renderTokens(tokens: readonly StoryToken[], screen: Screen): string[] {
  const width = Math.min(MAX_TOKEN_WIDTH, maxWidth(tokens.map(visibleText)));
  const numberWidth = String(tokens.length).length;
  return tokens.map((token, i) => {
    const number = faint(String(i + 1).padStart(numberWidth), screen);
    const probability = shadeByProbability(formatPercent(token.probability), token.probability, screen);
    const columns = screen.columns - (numberWidth + 2 + width + 1 + PERCENT_WIDTH + 2);
    return `${number}  ${fit(visibleText(token), width)} ${probability}  ${faint(renderAlternatives(token.alternatives, columns), screen)}`.trimEnd();
  });
}

/** The first alternatives, as many as fit into `columns`. */
function renderAlternatives(alternatives: readonly LikelyToken[], columns: number): string {
  let line = '';
  for (const alternative of alternatives) {
    const next = `${line}${line === '' ? '' : '   '}${visibleText(alternative)} ${formatPercent(alternative.probability).trim()}`;
    if (stringWidth(next) > columns) break;
    line = next;
  }
  return line;
}

/** A token's text with visible spaces, line ends and tabs. */
function visibleText({ text, token }: LikelyToken): string {
  if (text === '') return /^<.*>$/.test(token) ? END_OF_TEXT : token;
  return text.replaceAll(' ', '␣').replaceAll('\n', '⏎').replaceAll('\t', '⇥');
}

function formatPercent(probability: number): string {
  const value = 100 * probability;
  const digits = value >= 9.95 ? value.toFixed(0) : value >= 0.1 ? value.toFixed(1) : '<0.1';
  return `${digits} %`.padStart(PERCENT_WIDTH);
}

/** Shades a text, brighter for lower probabilities. */
function shadeByProbability(text: string, probability: number, screen: Screen): string {
  return probability > MAX_SHADED_PROBABILITY ? text : shade(text, 1 - probability, screen);
}
