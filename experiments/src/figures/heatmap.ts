import { type FigureText, frame, type Panel } from './frame.ts';
import { element, escapeXml, round, text } from './markup.ts';
import { textWidth } from './theme.ts';

export interface HeatmapFacet {
  readonly title: string;
  readonly values: readonly (readonly (number | null)[])[];
}

export interface Heatmap extends FigureText {
  /** Names of the columns, from left to right. */
  readonly x: { readonly label: string; readonly names: readonly string[] };
  /** Names of the rows, from top to bottom. */
  readonly y: { readonly label: string; readonly names: readonly string[] };
  /** [rows, columns]; null leaves a cell out. */
  readonly values?: readonly (readonly (number | null)[])[];
  /** Panels of the same rows and columns instead. */
  readonly facets?: readonly HeatmapFacet[];
  /** The values of no and of full colour; default 0 to 1. With a negative first value, negative values have the other colour. */
  readonly domain?: readonly [number, number];
  /** Text in a cell; false: none. Default: two decimals, where there is one panel with room for them. */
  readonly format?: ((value: number) => string) | false;
  /** What the colour stands for. */
  readonly key?: string;
  readonly columns?: number;
  readonly width?: number;
  /** Side of a cell in pixels; default: as fits, at most 44 wide and 26 high. */
  readonly cell?: readonly [width: number, height: number];
}

/**
 * Cells coloured by value, with names on both axes, as an SVG file.
 *
 * @throws TypeError for values of another shape than the names
 */
export function heatmap(chart: Heatmap): string {
  const { width = 760, x, y } = chart;
  const facets = chart.facets ?? [{ title: '', values: chart.values ?? [] }];
  for (const { values } of facets)
    if (values.length !== y.names.length || values.some((row) => row.length !== x.names.length))
      throw new TypeError(`${chart.title}: expected ${y.names.length} × ${x.names.length} values`);
  const columns = chart.columns ?? (facets.length > 1 ? Math.min(3, facets.length) : 1);
  const panelWidth = (width - 32 - (columns - 1) * 14) / columns;
  const layout = layoutOf(chart, facets.length, panelWidth);
  const panels = facets.map((facet) => drawPanel(chart, facet, layout));
  // No wider than the cells, but with room for a title.
  return frame({ ...chart, width: Math.min(width, 400), columns, panels, key: colourKey(chart) });
}

interface Layout {
  readonly left: number;
  readonly top: number;
  readonly cell: readonly [number, number];
  readonly rotated: boolean;
  readonly format: ((value: number) => string) | undefined;
}

function layoutOf({ x, y, cell, format }: Heatmap, panels: number, panelWidth: number): Layout {
  const widest = (names: readonly string[]) => Math.max(0, ...names.map((name) => textWidth(name, 11)));
  const left = Math.ceil(widest(y.names)) + 8 + (y.label === '' ? 0 : 18);
  const [most, high] = panels > 1 ? [24, 16] : [44, 26];
  const room = Math.max(4, Math.min(most, (panelWidth - left) / x.names.length));
  const size = cell ?? [room, Math.min(high, Math.max(room, 14))];
  const across = widest(x.names) <= size[0];
  // Wider cells rather than slanted names, if there is room.
  const wide = !cell && !across && widest(x.names) + 6 <= (panelWidth - left) / x.names.length;
  const used: readonly [number, number] = wide ? [widest(x.names) + 6, size[1]] : size;
  const rotated = !across && !wide;
  const top = (rotated ? Math.ceil(widest(x.names) * 0.75) + 12 : 18) + (x.label === '' ? 0 : 16);
  const numbers = format ?? ((value: number) => value.toFixed(2).replace('-', '−'));
  const fits = format || (panels === 1 && used[0] >= 28 && used[1] >= 14);
  return { left, top, cell: used, rotated, format: numbers && fits ? numbers : undefined };
}

function drawPanel(chart: Heatmap, { title, values }: HeatmapFacet, layout: Layout): Panel {
  const { x, y, domain = [0, 1] } = chart;
  const { left, top, cell, rotated } = layout;
  const [cellWidth, cellHeight] = cell;
  const [columns, rows] = [x.names.length, y.names.length];
  const parts: string[] = [];
  const middle = (i: number, size: number) => round((i + 0.5) * size);
  if (x.label) parts.push(text(left, 11, x.label, { class: 'quiet small' }));
  if (y.label) {
    const at = round(top + (rows * cellHeight) / 2);
    parts.push(
      `<text class="quiet small" text-anchor="middle" transform="translate(11,${at}) rotate(-90)">${escapeXml(y.label)}</text>`,
    );
  }
  x.names.forEach((name, i) => {
    const at = left + middle(i, cellWidth);
    parts.push(
      rotated
        ? `<text class="small" transform="translate(${round(at + 3)},${top - 5}) rotate(-48)">${escapeXml(name)}</text>`
        : text(at, top - 6, name, { class: 'small', 'text-anchor': 'middle' }),
    );
  });
  y.names.forEach((name, i) => {
    const at = top + middle(i, cellHeight) + 4;
    parts.push(text(left - 6, at, name, { class: 'small', 'text-anchor': 'end' }));
  });
  parts.push(cells(values, domain, layout));
  parts.push(
    element('rect', {
      x: left,
      y: top,
      width: columns * cellWidth,
      height: rows * cellHeight,
      fill: 'none',
      stroke: 'var(--rule)',
    }),
  );
  // Slanted names of the last columns reach out of the cells.
  const overhang = rotated ? Math.max(...x.names.slice(-2).map((name) => textWidth(name, 11))) * 0.67 : 0;
  return {
    markup: parts.join(''),
    width: left + columns * cellWidth + overhang,
    height: top + rows * cellHeight + 2,
    ...(title !== '' && { title }),
  };
}

/** Cells of about the same value are one path, which keeps large figures small. */
function cells(values: HeatmapFacet['values'], domain: readonly [number, number], layout: Layout): string {
  const { left, top, cell, format } = layout;
  const paths = new Map<string, string>();
  const numbers: string[] = [];
  values.forEach((row, r) => {
    row.forEach((value, c) => {
      if (value === null) return;
      const { colour, strength } = shade(value, domain);
      const [x, y] = [round(left + c * cell[0]), round(top + r * cell[1])];
      const level = round(Math.round(strength * 25) / 25);
      const key = `fill="${colour}" fill-opacity="${level}"`;
      const [w, h] = [round(cell[0] - 1), round(cell[1] - 1)];
      if (level > 0) paths.set(key, `${paths.get(key) ?? ''}M${x} ${y}h${w}v${h}h${-w}z`);
      if (format)
        numbers.push(
          text(x + cell[0] / 2, y + cell[1] / 2 + 3.5, format(value), strength > 0.6 ? { class: 'on' } : {}),
        );
    });
  });
  const drawn = [...paths].map(([key, d]) => `<path ${key} d="${d}"/>`).join('');
  return drawn + (numbers.length > 0 ? `<g class="small" text-anchor="middle">${numbers.join('')}</g>` : '');
}

function shade(value: number, [low, high]: readonly [number, number]): { colour: string; strength: number } {
  const from = low < 0 ? 0 : low;
  const strength = value < from ? (low < 0 ? value / low : 0) : (value - from) / (high - from);
  return { colour: value < 0 ? 'var(--less)' : 'var(--more)', strength: Math.min(1, Math.max(0, strength)) };
}

function colourKey({ domain = [0, 1], key = '' }: Heatmap): string {
  const [low, high] = domain;
  const steps = 10;
  const write = (value: number) => String(round(value)).replace('-', '−');
  const lowText = write(low);
  const start = textWidth(lowText, 11) + 6;
  const boxes = Array.from({ length: steps + 1 }, (_, i) => {
    const { colour, strength } = shade(low + ((high - low) * i) / steps, domain);
    return element('rect', {
      x: start + i * 12,
      y: 1,
      width: 12,
      height: 12,
      fill: colour,
      'fill-opacity': strength,
    });
  });
  const outline = {
    x: start,
    y: 1,
    width: (steps + 1) * 12,
    height: 12,
    fill: 'none',
    stroke: 'var(--rule)',
  };
  const end = start + (steps + 1) * 12 + 6;
  return [
    text(0, 11, lowText, { class: 'quiet small' }),
    ...boxes,
    element('rect', outline),
    text(end, 11, `${write(high)}${key ? `   ${key}` : ''}`, { class: 'quiet small' }),
  ].join('');
}
