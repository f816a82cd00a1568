import { type Ramp, type Rgb, rgb } from '../lib/colour.ts';
import { escapeXml, wrap } from './file-text.ts';

/** A word with its time in the sound, in seconds. */
export interface PlacedWord {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** A sound as the model is given it, and what it wrote. */
export interface SpectrogramData {
  /** Tones 0–255, [frames, bins]: a frame each 10 ms, bins from low to high. */
  readonly tones: Uint8Array;
  readonly frames: number;
  readonly bins: number;
  readonly words: readonly PlacedWord[];
}

export interface WordBox {
  readonly index: number;
  readonly text: string;
  readonly x: number;
  readonly width: number;
  /** The row below the spectrogram. */
  readonly lane: number;
}

interface Tick {
  readonly at: number;
  readonly text: string;
}

/** Where everything is, in CSS pixels. */
export interface SpectrogramLayout {
  readonly width: number;
  readonly height: number;
  readonly plot: { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
  /** Pixels of a second. */
  readonly scale: number;
  readonly seconds: readonly Tick[];
  readonly hertz: readonly Tick[];
  readonly words: readonly WordBox[];
  /** Where the words begin, and the height of a row of them. */
  readonly wordsTop: number;
  readonly laneHeight: number;
}

const LEFT = 38;
const RIGHT = 6;
const TOP = 6;
const PLOT_HEIGHT = 176;
const AXIS = 20;
const LANE = 30;
/** A second is not narrower: words must stay apart. */
const MIN_SCALE = 84;
const FRAME = 0.01;
const HERTZ = [250, 500, 1000, 2000, 4000, 8000];

/** Places a spectrogram in a width, which it exceeds if a second would be too narrow. */
export function layout(
  { frames, words }: Pick<SpectrogramData, 'frames' | 'words'>,
  available: number,
): SpectrogramLayout {
  const duration = Math.max(FRAME, frames * FRAME);
  const scale = Math.max(MIN_SCALE, (available - LEFT - RIGHT) / duration);
  const plot = { x: LEFT, y: TOP, width: duration * scale, height: PLOT_HEIGHT };
  const step = scale > 160 ? 0.5 : scale > 50 ? 1 : 2;
  const seconds = Array.from({ length: Math.floor(duration / step) + 1 }, (_, i) => ({
    at: plot.x + i * step * scale,
    text: `${Number((i * step).toFixed(1))} s`,
  })).filter(({ at }) => at < plot.x + plot.width - 12);
  const hertz = HERTZ.map((frequency) => ({
    at: plot.y + plot.height * (1 - mel(frequency) / mel(8000)),
    text: frequency < 1000 ? String(frequency) : `${frequency / 1000}k`,
  }));
  const boxes = placeWords(words, plot.x, plot.x + plot.width, scale);
  const lanes = Math.max(1, ...boxes.map(({ lane }) => lane + 1));
  const wordsTop = plot.y + plot.height + AXIS + 4;
  // A word at the end may be wider than what is left of the sound.
  const right = Math.max(plot.x + plot.width + RIGHT, ...boxes.map(({ x, width }) => x + width + 2));
  return {
    width: right,
    height: wordsTop + lanes * LANE,
    plot,
    scale,
    seconds,
    hertz,
    words: boxes,
    wordsTop,
    laneHeight: LANE,
  };
}

/** Slaney's mel scale, in which the bins are equally far apart. */
function mel(hertz: number): number {
  return hertz < 1000 ? (3 * hertz) / 200 : 15 + (27 * Math.log(hertz / 1000)) / Math.log(6.4);
}

/** Each word where it begins, in the first row that has room; at the end of the sound, as far left as it needs. */
function placeWords(words: readonly PlacedWord[], left: number, right: number, scale: number): WordBox[] {
  const ends: number[] = [];
  return words.map(({ text, start }, index) => {
    const label = text.trim();
    const width = 20 + [...label].reduce((sum, letter) => sum + (letter > '\u2e7f' ? 15 : 8.5), 0);
    const x = Math.max(left, Math.min(left + start * scale, right - width));
    const free = ends.findIndex((end) => end <= x);
    const lane = free < 0 ? ends.length : free;
    ends[lane] = x + width + 3;
    return { index, text: label, x, width, lane };
  });
}

/** Colours of the page. */
export interface SpectrogramColours {
  readonly ramp: Ramp;
  readonly ink: string;
  readonly muted: string;
  readonly background: string;
  readonly mark: string;
  readonly font: string;
}

/** The spectrogram as pixels, one for each frame and bin: high bins are at the top. */
export function pixels({ tones, frames, bins }: SpectrogramData, ramp: Ramp): Uint8ClampedArray<ArrayBuffer> {
  const image = new Uint8ClampedArray(4 * frames * bins);
  const colours = Array.from({ length: 256 }, (_, tone): Rgb => rgb(ramp, tone));
  for (let frame = 0; frame < frames; frame += 1) {
    for (let bin = 0; bin < bins; bin += 1) {
      const [red, green, blue] = colours[tones[frame * bins + bin] ?? 0]!;
      const at = 4 * ((bins - 1 - bin) * frames + frame);
      image[at] = red;
      image[at + 1] = green;
      image[at + 2] = blue;
      image[at + 3] = 255;
    }
  }
  return image;
}

/** How much of the plot's height the largest weight of a word takes. */
const CURVE = 0.9;

/** The weights of a word over the sound, as points of a line: `weights` has one for each 20 ms from `start` on. */
export function curve(
  { plot, scale }: SpectrogramLayout,
  weights: Float32Array,
  start: number,
): ReadonlyArray<readonly [x: number, y: number]> {
  const largest = Math.max(1e-9, ...weights);
  const bottom = plot.y + plot.height;
  return Array.from(weights, (weight, i) => [
    plot.x + (start + 0.02 * (i + 0.5)) * scale,
    bottom - CURVE * plot.height * (weight / largest),
  ]);
}

/** What `describe` needs of the catalogue. */
export interface SpectrogramWords {
  sound(seconds: string, words: number): string;
  word(text: string, start: string, end: string): string;
  looks(places: string): string;
}

export const formatSeconds = (seconds: number): string => `${seconds.toFixed(2)} s`;

/** What a sighted reader sees first: how long the sound is and, of the chosen word, when it is said and where the model looked most. */
export function describe(
  { frames, words }: Pick<SpectrogramData, 'frames' | 'words'>,
  chosen: { readonly index: number; readonly weights: Float32Array; readonly start: number } | undefined,
  t: SpectrogramWords,
): string {
  const sound = t.sound((frames * FRAME).toFixed(1), words.length);
  const word = chosen && words[chosen.index];
  if (!word) return sound;
  const places = peaks(chosen.weights)
    .slice(0, 3)
    .map(
      ({ position, weight }) =>
        `${formatSeconds(chosen.start + 0.02 * position)} ${(100 * weight).toFixed(0)} %`,
    )
    .join(', ');
  return `${sound} ${t.word(word.text.trim(), formatSeconds(word.start), formatSeconds(word.end))} ${t.looks(places)}`;
}

/** The largest weights, largest first, that are not beside a larger one. */
export function peaks(
  weights: Float32Array,
): ReadonlyArray<{ readonly position: number; readonly weight: number }> {
  return Array.from(weights, (weight, position) => ({ position, weight }))
    .filter(
      ({ position, weight }) =>
        weight > 0 && weight >= (weights[position - 1] ?? 0) && weight > (weights[position + 1] ?? 0),
    )
    .sort((a, b) => b.weight - a.weight);
}

/** The picture as an SVG document. `image` is the spectrogram as a PNG, as a data URL. */
export function svg(
  placed: SpectrogramLayout,
  colours: SpectrogramColours,
  image: string,
  line: ReadonlyArray<readonly [number, number]> | undefined,
  caption: string,
): string {
  const { width, plot } = placed;
  const texts = textsOf(placed, caption);
  const height = placed.height + captionHeight(placed, caption);
  const points = line?.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(' ');
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    `<rect width="${width}" height="${height}" fill="${colours.background}"/>`,
    `<image x="${plot.x}" y="${plot.y}" width="${plot.width}" height="${plot.height}" preserveAspectRatio="none" href="${image}"/>`,
    points === undefined
      ? ''
      : `<polyline points="${points}" fill="none" stroke="${colours.mark}" stroke-width="2"/>`,
    `<g fill="${colours.ink}" font-size="12" font-family="${escapeXml(colours.font)}">`,
    ...texts.map(
      ({ text, x, y, anchor }) =>
        `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}" dominant-baseline="central">${escapeXml(text)}</text>`,
    ),
    '</g></svg>',
  ].join('\n');
}

/** Draws what {@link svg} has; the context's transform scales it. */
export function drawFile(
  placed: SpectrogramLayout,
  colours: SpectrogramColours,
  image: CanvasImageSource,
  line: ReadonlyArray<readonly [number, number]> | undefined,
  caption: string,
  context: CanvasRenderingContext2D,
): void {
  const { width, plot } = placed;
  context.fillStyle = colours.background;
  context.fillRect(0, 0, width, placed.height + captionHeight(placed, caption));
  context.drawImage(image, plot.x, plot.y, plot.width, plot.height);
  if (line) strokeCurve(context, line, colours.mark);
  context.fillStyle = colours.ink;
  context.font = `12px ${colours.font}`;
  context.textBaseline = 'middle';
  for (const { text, x, y, anchor } of textsOf(placed, caption)) {
    context.textAlign = anchor === 'middle' ? 'center' : anchor;
    context.fillText(text, x, y);
  }
}

/** Draws the weights of a word as a line over the spectrogram, with the sound still visible under it. */
export function strokeCurve(
  context: CanvasRenderingContext2D,
  line: ReadonlyArray<readonly [number, number]>,
  colour: string,
  width = 2,
): void {
  context.beginPath();
  line.forEach(([x, y], i) => {
    if (i === 0) context.moveTo(x, y);
    else context.lineTo(x, y);
  });
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.lineJoin = 'round';
  context.stroke();
}

const captionLines = ({ width }: SpectrogramLayout, caption: string): string[] =>
  wrap(caption, Math.floor((width - 16) / 6.8));
export const captionHeight = (placed: SpectrogramLayout, caption: string): number =>
  18 * captionLines(placed, caption).length + 10;

interface FileText {
  readonly text: string;
  readonly x: number;
  readonly y: number;
  readonly anchor: 'start' | 'middle' | 'end';
}

function textsOf(placed: SpectrogramLayout, caption: string): FileText[] {
  const { plot, seconds, hertz, words, wordsTop, laneHeight, height } = placed;
  return [
    ...hertz.map(({ at, text }) => ({ text, x: plot.x - 5, y: at, anchor: 'end' as const })),
    ...seconds.map(({ at, text }) => ({
      text,
      x: at,
      y: plot.y + plot.height + 11,
      anchor: 'start' as const,
    })),
    ...words.map(({ text, x, lane }) => ({
      text,
      x,
      y: wordsTop + (lane + 0.5) * laneHeight,
      anchor: 'start' as const,
    })),
    ...captionLines(placed, caption).map((text, i) => ({
      text,
      x: 8,
      y: height + 12 + 18 * i,
      anchor: 'start' as const,
    })),
  ];
}

/** The words as comma-separated values. */
export function csv(words: ReadonlyArray<PlacedWord & { readonly probability: number }>): string {
  const lines = words.map(({ text, start, end, probability }) =>
    [`"${text.trim().replaceAll('"', '""')}"`, start.toFixed(2), end.toFixed(2), probability.toFixed(4)].join(
      ',',
    ),
  );
  return `${['word,start,end,probability', ...lines].join('\n')}\n`;
}
