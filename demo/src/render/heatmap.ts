import type { Report } from '../report.ts';
import { cell, faint, heading, type Screen } from './shade.ts';
import { displayToken, fit, maxWidth, oneLine } from './text.ts';

const CELL_WIDTH = 2;
const SPECIAL_TOKEN = /^\[[A-Z]+\]$/;
const MAX_LABEL_WIDTH = 16;

/** The largest weight between two different tokens, without special tokens such as [CLS]. */
function strongestLink(
  tokens: readonly string[],
  weights: readonly (readonly number[])[],
): string | undefined {
  let strongest = { weight: 0, query: '', key: '' };
  for (const [i, query] of tokens.entries()) {
    for (const [j, key] of tokens.entries()) {
      const weight = weights[i]?.[j] ?? 0;
      const eligible = i !== j && !SPECIAL_TOKEN.test(query) && !SPECIAL_TOKEN.test(key);
      if (eligible && weight > strongest.weight) strongest = { weight, query, key };
    }
  }
  const { weight, query, key } = strongest;
  return weight > 0 ? `Strongest link between words: ${query} → ${key}, ${weight.toFixed(2)}` : undefined;
}

/**
 * One head's attention: a row per query token, a column per key token. Column headings are the row numbers, since
 * tokens are wider than cells. Rows and columns that do not fit the screen are left out, and a line below states so.
 */
export function renderHeatmap({ attention, sentences }: Report, screen: Screen): string[] {
  const sentence = sentences[attention.sentence];
  const tokens = (sentence?.tokens ?? []).map(displayToken);
  const numberWidth = String(tokens.length - 1).length;
  const labelWidth = Math.min(MAX_LABEL_WIDTH, maxWidth(tokens));
  const margin = 2 + numberWidth + 1 + labelWidth + 1;
  const visibleCount = Math.max(
    1,
    Math.min(tokens.length, Math.floor((screen.columns - margin) / CELL_WIDTH)),
  );

  // Two-digit numbers fill a cell without a gap, so from ten tokens on only every other column has one.
  const step = visibleCount > 10 ? 2 : 1;
  const numbers = Array.from({ length: visibleCount }, (_, key) =>
    (key % step === 0 ? String(key % 100) : '').padStart(CELL_WIDTH),
  );
  const lines = [
    heading(
      `Attention of layer ${attention.layer}, head ${attention.head}: “${oneLine(sentence?.text ?? '')}”`,
      screen,
    ),
    faint('Rows: query tokens. Columns: key tokens. Brighter cells are larger weights.', screen),
    ' '.repeat(margin) + faint(numbers.join(''), screen),
  ];
  for (let query = 0; query < visibleCount; query++) {
    const weights = attention.weights[query] ?? [];
    const cells = weights.slice(0, visibleCount).map((weight) => cell(weight, CELL_WIDTH, screen));
    const number = String(query).padStart(numberWidth);
    lines.push(`  ${faint(number, screen)} ${fit(tokens[query] ?? '', labelWidth)} ${cells.join('')}`);
  }
  const link = strongestLink(tokens, attention.weights);
  if (link !== undefined) lines.push(`  ${link}`);
  if (visibleCount < tokens.length) {
    lines.push(
      faint(`  the first ${visibleCount} of ${tokens.length} tokens; a wider terminal shows more`, screen),
    );
  }
  return lines;
}
