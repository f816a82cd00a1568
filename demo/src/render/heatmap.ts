import type { Report } from '../report.ts';
import { cell, faint, heading, type Screen } from './shade.ts';
import { displayToken, fit, oneLine, widest } from './text.ts';

const CELL = 2;
const SPECIAL = /^\[[A-Z]+\]$/;
const LABEL_AT_MOST = 16;

/** The query and key token, neither the same nor special ones such as [CLS], between which the most weight lies. */
function strongestLink(
  tokens: readonly string[],
  weights: readonly (readonly number[])[],
): string | undefined {
  let strongest = { weight: 0, query: '', key: '' };
  for (const [i, query] of tokens.entries()) {
    for (const [j, key] of tokens.entries()) {
      const weight = weights[i]?.[j] ?? 0;
      const counts = i !== j && !SPECIAL.test(query) && !SPECIAL.test(key);
      if (counts && weight > strongest.weight) strongest = { weight, query, key };
    }
  }
  const { weight, query, key } = strongest;
  return weight > 0 ? `Strongest link between words: ${query} → ${key}, ${weight.toFixed(2)}` : undefined;
}

/**
 * One head's attention, a row for each query token and a column for each key token. The columns carry the numbers of
 * the rows, since tokens are too wide to stand above them. What does not fit the screen is left away, and said so.
 */
export function renderHeatmap({ attention, sentences }: Report, screen: Screen): string[] {
  const sentence = sentences[attention.sentence];
  const tokens = (sentence?.tokens ?? []).map(displayToken);
  const numberWidth = String(tokens.length - 1).length;
  const labelWidth = Math.min(LABEL_AT_MOST, widest(tokens));
  const margin = 2 + numberWidth + 1 + labelWidth + 1;
  const shown = Math.max(1, Math.min(tokens.length, Math.floor((screen.columns - margin) / CELL)));

  // Two digits fill a cell: from ten tokens on, every other column gets a number, or they run into each other.
  const step = shown > 10 ? 2 : 1;
  const numbers = Array.from({ length: shown }, (_, key) =>
    (key % step === 0 ? String(key % 100) : '').padStart(CELL),
  );
  const lines = [
    heading(
      `Attention of layer ${attention.layer}, head ${attention.head}: “${oneLine(sentence?.text ?? '')}”`,
      screen,
    ),
    faint('Each row is a token, its cells are where it looks: brighter is more.', screen),
    ' '.repeat(margin) + faint(numbers.join(''), screen),
  ];
  for (let query = 0; query < shown; query++) {
    const weights = attention.weights[query] ?? [];
    const cells = weights.slice(0, shown).map((weight) => cell(weight, CELL, screen));
    const number = String(query).padStart(numberWidth);
    lines.push(`  ${faint(number, screen)} ${fit(tokens[query] ?? '', labelWidth)} ${cells.join('')}`);
  }
  const link = strongestLink(tokens, attention.weights);
  if (link !== undefined) lines.push(`  ${link}`);
  if (shown < tokens.length) {
    lines.push(faint(`  the first ${shown} of ${tokens.length} tokens; a wider terminal shows more`, screen));
  }
  return lines;
}
