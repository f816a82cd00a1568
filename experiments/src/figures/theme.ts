/** Colours and text of all figures. */

/**
 * Fonts, with Korean ones: a figure shown through `<img>` can load none.
 */
const fonts =
  'system-ui,-apple-system,"Segoe UI","Apple SD Gothic Neo","Malgun Gothic","Noto Sans KR","Noto Sans CJK KR","Noto Sans",sans-serif';

/**
 * Series colours, told apart with any colour vision: those of Okabe & Ito, "Color Universal Design" (2008), and of Tol's "Colour Schemes" (2021),
 * darkened for white and lightened for dark backgrounds to a contrast of at least 3 : 1.
 */
const light = ['#0072b2', '#d55e00', '#00875f', '#aa3377', '#9a6f00', '#6a51a3', '#4d5760', '#2b8cae'];
const dark = ['#58aeee', '#f28c4f', '#2fc397', '#e583b6', '#dfb645', '#ab9cf0', '#b4bdc6', '#7fd3ee'];

/** The most series that one figure can have. */
export const maxSeries = light.length;

/** Shape of the points of a series, so that colour is not the only difference. */
export const symbols = ['circle', 'square', 'triangle', 'diamond'] as const;

const variables = (colours: readonly string[], others: string) =>
  `${colours.map((colour, i) => `--c${i}:${colour}`).join(';')};${others}`;

/** The figures' style sheet. A figure has a background of its own, light or dark as the reader's system is. */
export const css = [
  `svg{${variables(light, '--paper:#fff;--ink:#1f2328;--quiet:#59636e;--rule:#d8dee4;--more:#0b5394;--less:#a8450a;--on:#fff')}}`,
  `@media (prefers-color-scheme:dark){svg{${variables(dark, '--paper:#0d1117;--ink:#f0f6fc;--quiet:#9aa4ae;--rule:#30363d;--more:#79c0ff;--less:#ffa657;--on:#0d1117')}}}`,
  `svg{font:12px ${fonts};fill:var(--ink)}`,
  'text{white-space:pre}',
  '.title{font-size:15px;font-weight:600}',
  '.panel{font-weight:600}',
  '.quiet{fill:var(--quiet)}',
  '.small{font-size:11px}',
  '.on{fill:var(--on)}',
  '.halo{stroke:var(--paper);stroke-width:3px;stroke-linejoin:round;paint-order:stroke}',
].join('\n');

/** The colour of series `index`; `quiet` for references that the others are compared with. */
export function seriesColour(index: number, quiet = false): string {
  return quiet ? 'var(--quiet)' : `var(--c${index})`;
}

/** Estimate of a text's width in pixels; fonts differ. */
export function textWidth(text: string, size = 12): number {
  let width = 0;
  for (const character of text) {
    if (/[\u1100-\u11ff\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uff60]/.test(character)) width += 0.97;
    else if (/[ijlI.,:;'|!()[\]ftr ]/.test(character)) width += 0.34;
    else if (/[mwMW@%]/.test(character)) width += 0.88;
    else if (/[A-Z]/.test(character)) width += 0.68;
    else width += 0.58;
  }
  return width * size;
}

/** Breaks a text into lines of at most `width` pixels, between words. */
export function wrap(text: string, width: number, size = 12): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && textWidth(longer, size) > width) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  if (line !== '') lines.push(line);
  return lines;
}
