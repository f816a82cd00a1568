import type { HeardWord } from '../../engine/listen/hearing.ts';

/** What is placed: a map of tokens over time, which begins at `start` seconds of the sound. */
interface TokenMapData {
  readonly rows: number;
  /** One for each 20 ms. */
  readonly columns: number;
  readonly start: number;
  readonly words: ReadonlyArray<Pick<HeardWord, 'start' | 'end' | 'rows'>>;
}

/** Where everything is, in CSS pixels. */
export interface TokenMapLayout {
  readonly height: number;
  readonly plot: { readonly x: number; readonly width: number; readonly height: number };
  readonly rowHeight: number;
  /** Every so many rows have room for their token. */
  readonly every: number;
  /** The path of the time warping within the plot: along the rows of each word from where it begins to where it ends. */
  readonly path: ReadonlyArray<readonly [x: number, y: number]>;
}

/** Room for the tokens beside the map. */
const LEFT = 72;
/** A map is not higher: its rows are narrower. */
const MAX_HEIGHT = 420;
const MAX_ROW = 20;
const MIN_LABEL = 13;

export function layout({ rows, columns, start, words }: TokenMapData, width: number): TokenMapLayout {
  const rowHeight = Math.min(MAX_ROW, MAX_HEIGHT / Math.max(1, rows));
  const plot = { x: LEFT, width: Math.max(0, width - LEFT), height: rows * rowHeight };
  const scale = plot.width / Math.max(0.02, columns * 0.02);
  const path = words.flatMap(({ start: from, end, rows: [top, bottom] }) => [
    [(from - start) * scale, top * rowHeight] as const,
    [(end - start) * scale, bottom * rowHeight] as const,
  ]);
  return {
    height: plot.height,
    plot,
    rowHeight,
    every: Math.max(1, Math.ceil(MIN_LABEL / rowHeight)),
    path,
  };
}
