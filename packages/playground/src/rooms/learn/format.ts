/** `69 %`; with a decimal below 1 %. */
export function formatPercent(value: number): string {
  const percent = value * 100;
  if (percent > 0 && percent < 0.1) return '< 0.1 %';
  return `${percent.toFixed(percent > 0 && percent < 1 ? 1 : 0)} %`;
}

/** Signed, with so many decimals: `−0.12`. */
export function formatNumber(value: number, digits = 2): string {
  const text = Math.abs(value).toFixed(digits);
  return value < 0 && Number(text) !== 0 ? `−${text}` : text;
}

/** How tokens are shown: a leading space as itself is invisible. */
export function tokenLabel(token: string): string {
  return token.replace(/^▁/, '') || '␣';
}
