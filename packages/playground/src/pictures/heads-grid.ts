import { css, type Ramp, type Rgb, rgb } from '../lib/colour.ts';
import type { HeadLabel } from '../lib/head-labels.ts';
import type { HeadEdit, HeadId } from '../lib/heads.ts';

/** What the grid of all heads shows. */
export interface HeadsGridData {
  readonly layers: number;
  readonly heads: number;
  /** Thumbnails: tones 0–255, [layers, heads, side, side]; the first of them if the others are not known. */
  readonly side: number;
  readonly tones: Uint8Array | undefined;
  /** Indices `layer × heads + head` in the order of the grid; undefined for a row for each layer. */
  readonly order: readonly number[] | undefined;
  /** Whether a head is in the background: filtered out, or at rest. */
  readonly faded: readonly boolean[];
  /** What is done to each head: 1 for nothing. */
  readonly edits: readonly HeadEdit['edit'][];
  /** A bar under each head, 0 to 1. */
  readonly bars: readonly (number | undefined)[] | undefined;
}

export interface GridCell extends HeadId {
  readonly index: number;
  readonly x: number;
  readonly y: number;
  readonly size: number;
}

export interface GridText {
  readonly text: string;
  readonly x: number;
  readonly y: number;
}

/** Where everything is, in CSS pixels. */
export interface HeadsGridLayout {
  readonly width: number;
  readonly height: number;
  /** In the order of the grid; `columns` in a row. */
  readonly cells: readonly GridCell[];
  readonly columns: number;
  readonly barHeight: number;
  readonly texts: readonly GridText[];
}

/** Cells smaller than this are too small for fingers: a layer then has two rows. */
const MIN_CELL = 24;
/** Models of few heads do not fill the width. */
const MAX_CELL = 76;
/** Room for the names of layers. */
const leftOf = (width: number): number => (width < 420 ? 16 : 22);
const TOP = 18;

/** Places the heads within a width. */
export function layout(
  data: Pick<HeadsGridData, 'layers' | 'heads' | 'order' | 'bars'>,
  width: number,
): HeadsGridLayout {
  const { layers, heads, order } = data;
  const gap = width < 420 ? 2 : 5;
  const left = leftOf(width);
  const sizeOf = (columns: number): number => (width - left - gap * (columns - 1)) / columns;
  const columns = sizeOf(heads) < MIN_CELL && heads > 6 ? Math.ceil(heads / 2) : heads;
  const size = Math.max(1, Math.min(MAX_CELL, Math.floor(sizeOf(columns))));
  const barHeight = data.bars ? 4 : 0;
  const name = order ? 13 : 0;
  const rowHeight = size + gap + (barHeight > 0 ? barHeight + 4 : 0) + name;
  const sequence = order ?? Array.from({ length: layers * heads }, (_, index) => index);
  const rowsOfLayer = Math.ceil(heads / columns);
  const cells = sequence.map((index, place): GridCell => {
    const layer = Math.floor(index / heads);
    const head = index % heads;
    const row = order ? Math.floor(place / columns) : layer * rowsOfLayer + Math.floor(head / columns);
    const column = order ? place % columns : head % columns;
    return { index, layer, head, x: left + column * (size + gap), y: TOP + row * rowHeight, size };
  });
  const bottom = Math.max(TOP, ...cells.map(({ y }) => y + rowHeight - gap));
  const texts: GridText[] = order
    ? cells.map(({ layer, head, x, y }) => ({
        text: `${layer}.${head}`,
        x: x + size / 2,
        y: y + size + 7 + (barHeight > 0 ? 8 : 0),
      }))
    : [
        ...cells
          .filter(({ layer, head }) => layer === 0 && head < columns)
          .map(({ head, x }) => ({
            text: columns === heads ? `H${head}` : `+${head}`,
            x: x + size / 2,
            y: 9,
          })),
        ...cells
          .filter(({ head }) => head % columns === 0)
          .map(({ layer, head, y }) => ({
            text: head === 0 ? `L${layer}` : `+${head}`,
            x: left / 2 - 1,
            y: y + size / 2,
          })),
      ];
  return { width, height: bottom, cells, columns, barHeight, texts };
}

/** Colours of the page, as CSS colours. */
export interface GridColours {
  readonly ramp: Ramp;
  readonly paper: Rgb;
  readonly muted: string;
  readonly mark: string;
  readonly wash: string;
  readonly font: string;
}

/** How much of the paper's colour a faded head has. */
const FADE = 0.72;

/** Draws the grid. `ratio` is that of device pixels to CSS pixels. */
export function draw(
  grid: HeadsGridLayout,
  data: HeadsGridData,
  colours: GridColours,
  context: CanvasRenderingContext2D,
  ratio: number,
): void {
  const { canvas } = context;
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.clearRect(0, 0, canvas.width, canvas.height);
  const palettes = [palette(colours.ramp), palette(colours.ramp, colours.paper, FADE)] as const;
  for (const cell of grid.cells) {
    const [left, top, right, bottom] = [cell.x, cell.y, cell.x + cell.size, cell.y + cell.size].map((value) =>
      Math.round(value * ratio),
    ) as [number, number, number, number];
    const at = cell.index * data.side * data.side;
    // Blocks of the model may still be on their way.
    if (data.tones === undefined || at >= data.tones.length) {
      context.fillStyle = colours.wash;
      context.fillRect(left, top, right - left, bottom - top);
      continue;
    }
    const isFaded = data.faded[cell.index] || data.edits[cell.index] === 0;
    const tones = data.tones.subarray(at, at + data.side * data.side);
    context.putImageData(
      paint(tones, data.side, right - left, bottom - top, palettes[isFaded ? 1 : 0]),
      left,
      top,
    );
  }
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.lineWidth = 2;
  for (const { index, x, y, size } of grid.cells) {
    const edit = data.edits[index];
    context.strokeStyle = colours.mark;
    if (edit === 0) {
      context.beginPath();
      context.moveTo(x, y + size);
      context.lineTo(x + size, y);
      context.stroke();
    } else if (edit !== 1) {
      // A corner: filled if the head is scaled, open if it has the layer's average.
      const corner = Math.min(10, size / 2);
      context.beginPath();
      context.moveTo(x + size - corner, y);
      context.lineTo(x + size, y);
      context.lineTo(x + size, y + corner);
      context.closePath();
      context.fillStyle = edit === 'average' ? css(colours.paper) : colours.mark;
      context.fill();
      context.stroke();
    }
    const bar = data.bars?.[index];
    if (grid.barHeight > 0 && data.bars) {
      context.fillStyle = colours.wash;
      context.fillRect(x, y + size + 4, size, grid.barHeight);
      context.fillStyle = colours.mark;
      context.fillRect(x, y + size + 4, size * (bar ?? 0), grid.barHeight);
    }
  }
  context.fillStyle = colours.muted;
  context.font = `11px ${colours.font}`;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  for (const { text, x, y } of grid.texts) context.fillText(text, x, y);
}

/** 256 opaque colours as 32-bit RGBA in memory order, mixed with a part of the paper's. */
function palette(ramp: Ramp, paper: Rgb = [0, 0, 0], part = 0): Uint32Array {
  const bytes = new Uint8ClampedArray(256 * 4);
  for (let tone = 0; tone < 256; tone += 1) {
    const colour = rgb(ramp, tone);
    colour.forEach((value, channel) => {
      bytes[4 * tone + channel] = value * (1 - part) + paper[channel]! * part;
    });
    bytes[4 * tone + 3] = 255;
  }
  return new Uint32Array(bytes.buffer);
}

/** A thumbnail in device pixels: sharp cells, or means where a pixel covers several. */
function paint(
  tones: Uint8Array,
  side: number,
  width: number,
  height: number,
  colours: Uint32Array,
): ImageData {
  const pixels = new Uint32Array(width * height);
  const step = Math.max(1, side / width);
  for (let y = 0; y < height; y += 1) {
    const top = Math.floor((y * side) / height);
    const bottom = Math.max(top + 1, Math.floor(((y + 1) * side) / height));
    for (let x = 0; x < width; x += 1) {
      const left = Math.floor((x * side) / width);
      let tone = tones[top * side + left] ?? 0;
      if (step > 1) {
        const right = Math.max(left + 1, Math.floor(((x + 1) * side) / width));
        let sum = 0;
        for (let row = top; row < bottom; row += 1) {
          for (let column = left; column < right; column += 1) sum += tones[row * side + column] ?? 0;
        }
        tone = Math.round(sum / ((bottom - top) * (right - left)));
      }
      pixels[y * width + x] = colours[tone] ?? 0;
    }
  }
  return new ImageData(new Uint8ClampedArray(pixels.buffer), width, height);
}

/** What `describe` needs of the catalogues. */
export interface GridWords {
  readonly names: Readonly<Record<HeadLabel, string>>;
  heads(count: number): string;
}

/** The grid in words: how many heads there are, and how many do what, the most common first. */
export function describe(labels: readonly HeadLabel[], t: GridWords): string {
  const counts = new Map<HeadLabel, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  const parts = [...counts]
    .sort((a, b) => b[1] - a[1])
    .map(([label, count]) => `${t.names[label]}: ${count}`);
  return [t.heads(labels.length), ...parts].join(' · ');
}
