import { contrast, type Rgb } from './colour.ts';

const DARK: Rgb = [5, 7, 7];
const LIGHT: Rgb = [255, 255, 255];

/** The text colour that is read best on a background: near-black or white, never under 4.5:1. */
export function inkOn(background: Rgb): Rgb {
  return contrast(background, DARK) >= contrast(background, LIGHT) ? DARK : LIGHT;
}
