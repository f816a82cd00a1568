/**
 * Colour ramps in OKLCH, a perceptually uniform colour space (Björn Ottosson, "A perceptual color space for image
 * processing", 2020).
 */

export type Rgb = readonly [red: number, green: number, blue: number];
export type Theme = 'light' | 'dark';

/** 256 colours of three bytes each, from the lowest value to the highest. */
export type Ramp = Uint8ClampedArray;

const STEPS = 256;

function toSrgbByte(linear: number): number {
  const clamped = Math.min(1, Math.max(0, linear));
  const encoded = clamped <= 0.0031308 ? 12.92 * clamped : 1.055 * clamped ** (1 / 2.4) - 0.055;
  return Math.round(encoded * 255);
}

/** Converts OKLCH (lightness 0–1, chroma, hue in degrees) to sRGB bytes; colours outside sRGB are clipped. */
export function oklch(lightness: number, chroma: number, hue: number): Rgb {
  const angle = (hue * Math.PI) / 180;
  const a = chroma * Math.cos(angle);
  const b = chroma * Math.sin(angle);
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    toSrgbByte(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    toSrgbByte(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    toSrgbByte(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
  ];
}

function makeRamp(at: (t: number) => Rgb): Ramp {
  const ramp = new Uint8ClampedArray(STEPS * 3);
  for (let i = 0; i < STEPS; i += 1) ramp.set(at(i / (STEPS - 1)), i * 3);
  return ramp;
}

const lerp = (from: number, to: number, t: number): number => from + (to - from) * t;
/** 0 at both ends: near black and near white, sRGB allows little chroma. */
const sineArch = (t: number): number => Math.sin(Math.PI * Math.min(1, Math.max(0, t)));

/**
 * The ramp for attention weights: nearly one hue, lightness falling in the light theme and rising in the dark theme, so that
 * larger weights have a higher contrast to the background.
 */
export function attentionRamp(theme: Theme): Ramp {
  if (theme === 'light') {
    return makeRamp((t) =>
      oklch(lerp(0.985, 0.28, t), 0.004 + 0.086 * sineArch(0.86 * t), lerp(178, 196, t)),
    );
  }
  return makeRamp((t) => oklch(lerp(0.235, 0.96, t), 0.012 + 0.1 * sineArch(0.9 * t), lerp(200, 172, t)));
}

/** The ramp for signed values: orange below zero, grey at zero (the middle), green above. */
export function signedRamp(theme: Theme): Ramp {
  const [zero, end] = theme === 'light' ? [0.968, 0.47] : [0.25, 0.8];
  return makeRamp((t) => {
    const size = Math.abs(2 * t - 1);
    return oklch(lerp(zero, end, size), 0.11 * size, t < 0.5 ? 45 : 180);
  });
}

/** The ramp's colour at `t`, clamped to [0, 1]. */
export function colourAt(ramp: Ramp, t: number): Rgb {
  return rgb(ramp, Math.round(Math.min(1, Math.max(0, t)) * (STEPS - 1)));
}

/** The ramp's colour of a step, 0 to 255. */
export function rgb(ramp: Ramp, step: number): Rgb {
  const at = 3 * step;
  return [ramp[at] ?? 0, ramp[at + 1] ?? 0, ramp[at + 2] ?? 0];
}

/** The colour of a CSS value `#rrggbb`; black for any other. */
export function fromHex(text: string): Rgb {
  const value = Number.parseInt(/^#([0-9a-f]{6})$/i.exec(text.trim())?.[1] ?? '0', 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

/** The colour as a CSS `rgb(…)` value. */
export function css(colour: Rgb): string {
  return `rgb(${colour[0]} ${colour[1]} ${colour[2]})`;
}

/** WCAG 2 contrast ratio of two colours, from 1 to 21. */
export function contrast(a: Rgb, b: Rgb): number {
  const luminance = (colour: Rgb): number => {
    const [r, g, bl] = colour.map((byte) => {
      const v = byte / 255;
      return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
    }) as [number, number, number];
    return 0.2126 * r + 0.7152 * g + 0.0722 * bl;
  };
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

const DARK_TEXT: Rgb = [5, 7, 7];
const LIGHT_TEXT: Rgb = [255, 255, 255];

/** The text colour of higher contrast on a background: near-black or white, at least 4.5:1. */
export function textColourOn(background: Rgb): Rgb {
  return contrast(background, DARK_TEXT) >= contrast(background, LIGHT_TEXT) ? DARK_TEXT : LIGHT_TEXT;
}
