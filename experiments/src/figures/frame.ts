/** What all figures have: background, title, legend, and panels in a grid. */
import { createHash } from 'node:crypto';

import { element, escapeXml, group, text } from './markup.ts';
import { css, seriesColour, symbols, textWidth, wrap } from './theme.ts';

export interface FigureText {
  readonly title: string;
  /** A line or two under the title: the data, the seeds, what a band means. */
  readonly subtitle?: string;
  /** What is seen, for readers who do not see it; default: the subtitle. */
  readonly description?: string;
}

/** Content of a figure, with its size in pixels. */
export interface Panel {
  readonly markup: string;
  readonly width: number;
  readonly height: number;
  readonly title?: string;
}

export interface LegendEntry {
  readonly name: string;
  readonly index: number;
  readonly quiet?: boolean;
  readonly mark: 'line' | 'dash' | 'square' | 'dot';
}

export interface FrameOptions extends FigureText {
  /** In pixels, at least; the figure is as wide as its panels need. */
  readonly width: number;
  readonly columns: number;
  readonly panels: readonly Panel[];
  readonly legend?: readonly LegendEntry[];
  /** Markup of a legend of another kind, 14 px high. */
  readonly key?: string;
}

const margin = 16;
const gap = 14;

/** Panels in a row: at most 3, and no row with a single one. */
export function defaultColumns(panels: number): number {
  return panels === 4 ? 2 : Math.min(3, panels);
}

/** A figure as a self-contained SVG file. */
export function frame({ width, columns, panels, legend = [], key, ...texts }: FrameOptions): string {
  const columnWidth = Math.max(...panels.map((panel) => panel.width));
  const across = Math.min(columns, panels.length);
  const total = Math.max(width, across * columnWidth + (across - 1) * gap + 2 * margin);
  const prefix = createHash('sha256')
    .update(JSON.stringify([texts, panels]))
    .digest('hex')
    .slice(0, 8);
  const parts: string[] = [];
  let y = margin;
  for (const line of wrap(texts.title, total - 2 * margin, 15)) {
    parts.push(text(margin, y + 13, line, { class: 'title' }));
    y += 20;
  }
  for (const line of texts.subtitle ? wrap(texts.subtitle, total - 2 * margin) : []) {
    parts.push(text(margin, y + 11, line, { class: 'quiet' }));
    y += 17;
  }
  y += 6;
  if (legend.length > 0) {
    const rows = legendRows(legend, total - 2 * margin);
    parts.push(group(margin, y, rows.markup));
    y += rows.height + 6;
  }
  if (key) {
    parts.push(group(margin, y, key));
    y += 24;
  }
  for (let first = 0; first < panels.length; first += across) {
    const row = panels.slice(first, first + across);
    const titled = row.some((panel) => panel.title !== undefined);
    row.forEach((panel, column) => {
      const x = margin + column * (columnWidth + gap);
      if (panel.title !== undefined) parts.push(text(x, y + 13, panel.title, { class: 'panel' }));
      // Ids are unique within a panel; several figures may be on one page.
      const markup = panel.markup.replace(/(id="|url\(#)clip-/g, `$1clip-${prefix}-${first + column}-`);
      parts.push(group(x, y + (titled ? 22 : 0), markup));
    });
    y += Math.max(...row.map((panel) => panel.height)) + (titled ? 22 : 0) + gap;
  }
  const height = y - gap + margin;
  const description = texts.description ?? texts.subtitle;
  return `${element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      viewBox: `0 0 ${Math.round(total)} ${Math.round(height)}`,
      width: Math.round(total),
      height: Math.round(height),
      role: 'img',
    },
    [
      `\n<title>${escapeXml(texts.title)}</title>`,
      ...(description ? [`<desc>${escapeXml(description)}</desc>`] : []),
      `<style>\n${css.replaceAll('&', '&amp;').replaceAll('<', '&lt;')}\n</style>`,
      element('rect', { width: '100%', height: '100%', rx: 6, style: 'fill:var(--paper)' }),
      ...parts,
      '',
    ].join('\n'),
  )}\n`;
}

/** Entries next to each other, in as many rows as they need. */
function legendRows(entries: readonly LegendEntry[], width: number): { markup: string; height: number } {
  let x = 0;
  let y = 0;
  const parts: string[] = [];
  for (const entry of entries) {
    const needed = 26 + textWidth(entry.name) + 18;
    if (x > 0 && x + needed > width) {
      x = 0;
      y += 18;
    }
    parts.push(legendMark(entry, x, y), text(x + 26, y + 11, entry.name));
    x += needed;
  }
  return { markup: parts.join(''), height: y + 18 };
}

/** The symbols of the theme around the origin. */
const shapes: Readonly<Record<(typeof symbols)[number], string>> = {
  circle: 'M4.5 0a4.5 4.5 0 1 1-9 0a4.5 4.5 0 1 1 9 0z',
  square: 'M-4-4h8v8h-8z',
  triangle: 'M0-5.5L4.8 3.5H-4.8z',
  diamond: 'M0-6L3.8 0L0 6L-3.8 0z',
};

function legendMark({ index, quiet, mark }: LegendEntry, x: number, y: number): string {
  const colour = seriesColour(index, quiet);
  if (mark === 'square')
    return element('rect', { x: x + 6, y: y + 1, width: 13, height: 12, rx: 2, fill: colour });
  if (mark === 'dot')
    return element('path', {
      d: shapes[symbols[index % symbols.length]!],
      transform: `translate(${x + 12},${y + 7})`,
      fill: colour,
    });
  return element('path', {
    d: `M${x + 1} ${y + 7}h19`,
    stroke: colour,
    'stroke-width': '2.5',
    'stroke-dasharray': mark === 'dash' ? '5 3' : undefined,
  });
}
