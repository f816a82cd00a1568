/** How a terminal is drawn to. */
export interface Screen {
  columns: number;
  /** Whether ANSI's 256 colours may be used. */
  colour: boolean;
}

// From dark to bright through ANSI's colour cube, in the order of the magma colour map.
const RAMP = [233, 234, 53, 54, 90, 126, 162, 198, 204, 210, 216, 223, 230] as const;
const BLOCKS = [' ', '░', '▒', '▓', '█'] as const;

function pick<T>(steps: readonly T[], value: number): T {
  const index = Math.min(steps.length - 1, Math.max(0, Math.floor(value * steps.length)));
  return steps[index] as T;
}

/** Colours a text's background by a value from 0 to 1; without colours the text stays as it is. */
export function shade(text: string, value: number, screen: Screen): string {
  if (!screen.colour) return text;
  const background = pick(RAMP, value);
  const foreground = value > 0.6 ? 16 : 255;
  return `\x1b[48;5;${background}m\x1b[38;5;${foreground}m${text}\x1b[0m`;
}

/** One cell of a heatmap: a coloured square, or blocks that get denser. The value goes from 0 to 1. */
export function cell(value: number, width: number, screen: Screen): string {
  return screen.colour ? shade(' '.repeat(width), value, screen) : pick(BLOCKS, value).repeat(width);
}

/** A heading. */
export const heading = (text: string, screen: Screen): string =>
  screen.colour ? `\x1b[1m${text}\x1b[0m` : text;

/** Text of less weight. */
export const faint = (text: string, screen: Screen): string =>
  screen.colour ? `\x1b[2m${text}\x1b[0m` : text;
