/** Properties of the output. */
export interface Screen {
  columns: number;
  /** Whether to use ANSI 256-colour codes. */
  colour: boolean;
}

// ANSI 256-colour indices that approximate the magma colour map, from dark to bright.
const RAMP = [233, 234, 53, 54, 90, 126, 162, 198, 204, 210, 216, 223, 230] as const;
const BLOCKS = [' ', '░', '▒', '▓', '█'] as const;

function stepAt<T>(steps: readonly T[], value: number): T {
  const index = Math.min(steps.length - 1, Math.max(0, Math.floor(value * steps.length)));
  return steps[index] as T;
}

/** Colours the background of a text by a value from 0 to 1; returns the text unchanged when colours are off. */
export function shade(text: string, value: number, screen: Screen): string {
  if (!screen.colour) return text;
  const background = stepAt(RAMP, value);
  const foreground = value > 0.6 ? 16 : 255;
  return `\x1b[48;5;${background}m\x1b[38;5;${foreground}m${text}\x1b[0m`;
}

/** One cell of a heatmap for a value from 0 to 1: a coloured square, or block characters of increasing density. */
export function cell(value: number, width: number, screen: Screen): string {
  return screen.colour ? shade(' '.repeat(width), value, screen) : stepAt(BLOCKS, value).repeat(width);
}

/** Bold text. */
export const heading = (text: string, screen: Screen): string =>
  screen.colour ? `\x1b[1m${text}\x1b[0m` : text;

/** Dim text. */
export const faint = (text: string, screen: Screen): string =>
  screen.colour ? `\x1b[2m${text}\x1b[0m` : text;
