import { css } from '../lib/colour.ts';
import type { HeadEdit, HeadId } from '../lib/heads.ts';
import { escapeXml, wrap } from './file-text.ts';
import { draw, type GridColours, type HeadsGridData, type HeadsGridLayout } from './heads-grid.ts';

/** The grid of all heads as a picture in a file, with a caption below. */
export interface GridFile {
  readonly width: number;
  readonly height: number;
  readonly grid: HeadsGridLayout;
  readonly lines: readonly string[];
}

const MARGIN = 16;
const LINE = 18;
const FONT_SIZE = 12;

/** Places the grid and the lines of its caption. */
export function layout(grid: HeadsGridLayout, caption: string): GridFile {
  const width = grid.width + 2 * MARGIN;
  const lines = wrap(caption, Math.floor(grid.width / (FONT_SIZE * 0.56)));
  return { width, height: grid.height + 2 * MARGIN + LINE * lines.length + 8, grid, lines };
}

const baseline = (file: GridFile, line: number): number =>
  MARGIN + file.grid.height + 8 + LINE * (line + 0.5);

/** Draws it, with what is drawn by {@link draw} of the grid. `scale` is in pixels for a unit. */
export function drawFile(
  file: GridFile,
  data: HeadsGridData,
  colours: GridColours & { readonly ink: string },
  context: CanvasRenderingContext2D,
  scale: number,
): void {
  const inner = new OffscreenCanvas(file.grid.width * scale, file.grid.height * scale);
  const drawn = inner.getContext('2d');
  if (!drawn) return;
  draw(file.grid, data, colours, drawn as unknown as CanvasRenderingContext2D, scale);
  context.fillStyle = css(colours.paper);
  context.fillRect(0, 0, file.width * scale, file.height * scale);
  context.drawImage(inner, MARGIN * scale, MARGIN * scale);
  context.scale(scale, scale);
  context.fillStyle = colours.ink;
  context.font = `${FONT_SIZE}px ${colours.font}`;
  context.textBaseline = 'middle';
  file.lines.forEach((line, i) => {
    context.fillText(line, MARGIN, baseline(file, i));
  });
}

/** As an SVG document around `image`, the data URL of the grid's own picture. The caption stays text. */
export function svg(file: GridFile, colours: GridColours & { readonly ink: string }, image: string): string {
  const { width, height, grid } = file;
  const lines = file.lines.map(
    (line, i) =>
      `<text x="${MARGIN}" y="${baseline(file, i)}" dominant-baseline="central">${escapeXml(line)}</text>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    `<rect width="${width}" height="${height}" fill="${css(colours.paper)}"/>`,
    `<image x="${MARGIN}" y="${MARGIN}" width="${grid.width}" height="${grid.height}" href="${image}"/>`,
    `<g fill="${colours.ink}" font-size="${FONT_SIZE}" font-family="${escapeXml(colours.font)}">${lines.join('')}</g>`,
    '</svg>',
  ].join('\n');
}

/** What a row of the table says of a head. */
export interface HeadRow extends HeadId {
  readonly label: string;
  readonly edit: HeadEdit['edit'];
  /** The size of the effect when it is silenced, if it was measured. */
  readonly effect: number | undefined;
}

/** The heads as comma-separated values. */
export function csv(rows: readonly HeadRow[]): string {
  const lines = rows.map(({ layer, head, label, edit, effect }) =>
    [layer, head, label, edit, effect ?? ''].join(','),
  );
  return `${['layer,head,label,edit,effect', ...lines].join('\n')}\n`;
}
