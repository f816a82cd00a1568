import type { Report } from '../report.ts';
import { renderHeatmap } from './heatmap.ts';
import { faint, heading, type Screen, shade } from './shade.ts';
import { displayToken, fit, maxWidth, oneLine, wrap } from './text.ts';

const MAX_SENTENCE_WIDTH = 40;

function renderTokens({ sentences }: Report, screen: Screen): string[] {
  return sentences.flatMap(({ text, tokens }, i) => [
    `${i + 1}  ${oneLine(text)}`,
    ...wrap(tokens.map(displayToken), screen.columns, '   ').map((line) => faint(line, screen)),
  ]);
}

function renderSimilarity({ sentences, similarity }: Report, screen: Screen): string[] {
  const texts = sentences.map(({ text }) => oneLine(text));
  const width = Math.min(MAX_SENTENCE_WIDTH, maxWidth(texts));
  const head = ' '.repeat(width + 3) + texts.map((_, i) => String(i + 1).padStart(6)).join(' ');
  const rows = similarity.map((row, i) => {
    const cells = row.map((value) => shade(value.toFixed(3).padStart(6), Math.max(0, value), screen));
    return `${i + 1}  ${fit(texts[i] ?? '', width)}${cells.map((text) => ` ${text}`).join('')}`;
  });
  return [faint(head, screen), ...rows];
}

function renderTimings({ timings }: Report, screen: Screen): string[] {
  const names = timings.map(({ backend, threads }) =>
    threads > 1 ? `${backend}, ${threads} workers` : backend,
  );
  const width = maxWidth(names);
  const slowest = Math.max(...timings.map(({ medianMs }) => medianMs));
  return timings.map(({ backend, medianMs, runs, maxError }, i) => {
    const speed = `${(slowest / medianMs).toFixed(1)}×`;
    const error = backend === 'reference' ? '' : `, within ${maxError.toExponential(0)} of the reference`;
    const details = `median of ${runs}${error}`;
    return `${fit(names[i] ?? '', width)} ${medianMs.toFixed(2).padStart(9)} ms ${speed.padStart(8)}  ${faint(details, screen)}`;
  });
}

/** The report as text for a terminal. */
export function renderReport(report: Report, screen: Screen): string {
  const tokensTimed = report.timings[0]?.tokens ?? 0;
  return [
    heading(`Tokens of ${report.model}`, screen),
    ...renderTokens(report, screen),
    '',
    heading('Similarity (cosine)', screen),
    ...renderSimilarity(report, screen),
    '',
    ...renderHeatmap(report, screen),
    '',
    heading(`Time per forward pass of the first sentence (${tokensTimed} tokens)`, screen),
    ...renderTimings(report, screen),
  ].join('\n');
}
