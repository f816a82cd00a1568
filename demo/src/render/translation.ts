import type { Translation, WordAlignment } from '../report.ts';
import { cell, faint, heading, type Screen } from './shade.ts';
import { fit, maxWidth, oneLine } from './text.ts';

const MAX_LABEL_WIDTH = 16;
const MIN_CELL_WIDTH = 3;
const MAX_CELL_WIDTH = 12;

/** A translation with its alignment as text for a terminal. */
export function renderTranslation(translation: Translation, screen: Screen): string {
  const { model, backend, text, translation: result, complete, unknown, alignment } = translation;
  return [
    faint(`${model}, ${backend}`, screen),
    oneLine(text),
    heading(oneLine(result), screen),
    ...(complete ? [] : [faint('cut off at the maximum length', screen)]),
    ...(unknown.length > 0
      ? [`Not in the model's vocabulary: ${unknown.join(', ')}`]
      : [faint("All tokens are in the model's vocabulary.", screen)]),
    '',
    ...(alignment
      ? renderAlignment(alignment, screen)
      : [faint('The model has no attention: its decoder gets one fixed vector.', screen)]),
  ].join('\n');
}

/** A row per word of the target, a column per word of the source. Columns that do not fit the screen are left out, and a line below states so. */
function renderAlignment(alignment: WordAlignment, screen: Screen): string[] {
  const { sourceWords, targetWords, weights, layers, heads } = alignment;
  const labelWidth = Math.min(MAX_LABEL_WIDTH, maxWidth(targetWords));
  const strongest = weights.map((row) => strongestOf(row, sourceWords));
  const strongestWidth = maxWidth(strongest);
  const widths = sourceWords.map((word) =>
    Math.min(MAX_CELL_WIDTH, Math.max(MIN_CELL_WIDTH, maxWidth([word]))),
  );
  const visible = visibleColumns(widths, screen.columns - (2 + labelWidth + 1) - (strongestWidth + 1));
  const shown = widths.slice(0, visible);
  const over = layers * heads > 1 ? `, mean of ${layers} layers with ${heads} heads` : '';
  const head = shown.map((width, j) => fit(sourceWords[j]!, width)).join(' ');
  const rows = targetWords.map((word, i) => {
    const cells = shown.map((width, j) => cell(weights[i]![j]!, width, screen)).join(' ');
    return `  ${fit(word, labelWidth)} ${cells} ${faint(strongest[i]!, screen)}`;
  });
  return [
    heading(`Alignment${over}`, screen),
    faint(
      'Rows: words of the translation. Columns: words of the text. Brighter cells are larger weights.',
      screen,
    ),
    `  ${' '.repeat(labelWidth)} ${faint(head, screen)}`,
    ...rows,
    ...(visible < sourceWords.length
      ? [
          faint(
            `  the first ${visible} of ${sourceWords.length} columns; a wider terminal shows more`,
            screen,
          ),
        ]
      : []),
  ];
}

/** As many columns as fit, at least one. */
function visibleColumns(widths: readonly number[], columns: number): number {
  let [used, count] = [0, 0];
  for (const width of widths) {
    used += width + 1;
    if (used > columns && count > 0) break;
    count++;
  }
  return count;
}

function strongestOf(row: readonly number[], words: readonly string[]): string {
  const weight = Math.max(...row);
  return `${words[row.indexOf(weight)]} ${weight.toFixed(2)}`;
}
