import { colourAt, css, type Ramp } from '../lib/colour.ts';
import type { Matrix } from '../lib/raster.ts';
import { weightToTone } from '../lib/scale.ts';
import { truncateLabel } from '../lib/tokens.ts';
import { escapeXml, wrap } from './file-text.ts';

/** A map for a file: its weights, the labels of rows and columns, and what stands below it. */
export interface MapData {
  readonly map: Matrix;
  readonly labels: readonly string[];
  readonly caption: string;
}

interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly fill: string;
}

interface Text {
  readonly text: string;
  readonly x: number;
  readonly y: number;
  readonly anchor: 'start' | 'end';
  /** Turned to read upwards. */
  readonly turned: boolean;
}

export interface MapLayout {
  readonly width: number;
  readonly height: number;
  readonly background: string;
  readonly ink: string;
  readonly fontSize: number;
  readonly rectangles: readonly Rectangle[];
  readonly texts: readonly Text[];
}

export interface MapColours {
  readonly ramp: Ramp;
  readonly background: string;
  readonly ink: string;
}

const MARGIN = 16;
/** Room for the labels beside and above the map. */
const LABELS = 92;
const FONT_SIZE = 12;
const FONT = 'system-ui, "Noto Sans KR", sans-serif';

/** Places a map. Cells of one row and colour that touch are one rectangle. */
export function layout({ map, labels, caption }: MapData, colours: MapColours): MapLayout {
  const cell = Math.max(2, Math.min(26, Math.floor(760 / Math.max(1, map.columns))));
  const [left, top] = [MARGIN + LABELS, MARGIN + LABELS];
  const rectangles: Rectangle[] = [];
  for (let row = 0; row < map.rows; row += 1) {
    let open: Rectangle | undefined;
    for (let column = 0; column < map.columns; column += 1) {
      const fill = css(colourAt(colours.ramp, weightToTone(map.data[row * map.columns + column] ?? 0)));
      if (open?.fill === fill) open = { ...open, width: open.width + cell };
      else {
        if (open) rectangles.push(open);
        open = { x: left + column * cell, y: top + row * cell, width: cell, height: cell, fill };
      }
    }
    if (open) rectangles.push(open);
  }
  const step = Math.max(1, Math.ceil(FONT_SIZE / cell));
  const texts: Text[] = [];
  labels.forEach((label, i) => {
    if (i % step !== 0) return;
    const text = truncateLabel(label, 12);
    const middle = (i + 0.5) * cell;
    texts.push({ text, x: left - 6, y: top + middle, anchor: 'end', turned: false });
    texts.push({ text, x: left + middle, y: top - 6, anchor: 'start', turned: true });
  });
  const width = Math.max(420, left + map.columns * cell + MARGIN);
  const lines = wrap(caption, Math.floor((width - 2 * MARGIN) / (FONT_SIZE * 0.56)));
  const below = top + map.rows * cell + 24;
  lines.forEach((text, i) => {
    texts.push({ text, x: MARGIN, y: below + i * 18, anchor: 'start', turned: false });
  });
  const height = below + lines.length * 18;
  return {
    width,
    height,
    background: colours.background,
    ink: colours.ink,
    fontSize: FONT_SIZE,
    rectangles,
    texts,
  };
}

/** The map as an SVG document. */
export function svg({ width, height, background, ink, fontSize, rectangles, texts }: MapLayout): string {
  const cells = rectangles.map(
    (r) => `<rect x="${r.x}" y="${r.y}" width="${r.width}" height="${r.height}" fill="${r.fill}"/>`,
  );
  const labels = texts.map(({ text, x, y, anchor, turned }) => {
    const turn = turned ? ` transform="rotate(-90 ${x} ${y})"` : '';
    return `<text x="${x}" y="${y}" text-anchor="${anchor}" dominant-baseline="central"${turn}>${escapeXml(text)}</text>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    `<rect width="${width}" height="${height}" fill="${background}"/>`,
    `<g shape-rendering="crispEdges">${cells.join('')}</g>`,
    `<g fill="${ink}" font-size="${fontSize}" font-family="${escapeXml(FONT)}">${labels.join('')}</g>`,
    '</svg>',
  ].join('\n');
}

/** Draws the map; the context's transform scales it. */
export function draw(
  { width, height, background, ink, fontSize, rectangles, texts }: MapLayout,
  context: CanvasRenderingContext2D,
): void {
  context.fillStyle = background;
  context.fillRect(0, 0, width, height);
  for (const { x, y, width, height, fill } of rectangles) {
    context.fillStyle = fill;
    context.fillRect(x, y, width, height);
  }
  context.fillStyle = ink;
  context.font = `${fontSize}px ${FONT}`;
  context.textBaseline = 'middle';
  for (const { text, x, y, anchor, turned } of texts) {
    context.save();
    context.translate(x, y);
    if (turned) context.rotate(-Math.PI / 2);
    context.textAlign = anchor;
    context.fillText(text, 0, 0);
    context.restore();
  }
}

/** The map as comma-separated values, with the labels as first row and column. */
export function csv({ map, labels }: Pick<MapData, 'map' | 'labels'>): string {
  const quoted = labels.map((label) => `"${label.replaceAll('"', '""')}"`);
  const rows = quoted.map((label, row) =>
    [label, ...map.data.subarray(row * map.columns, (row + 1) * map.columns)].join(','),
  );
  return `${['""', ...quoted].join(',')}\n${rows.join('\n')}\n`;
}
