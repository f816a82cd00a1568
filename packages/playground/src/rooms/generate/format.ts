/** A probability or weight in percent with one decimal: neighbouring ones are to be told apart. */
export function formatProbability(probability: number): string {
  if (probability > 0 && probability < 0.0005) return '< 0.1 %';
  return `${(probability * 100).toFixed(1)} %`;
}

/** Bits with two decimals. */
export const formatBits = (bits: number): string => bits.toFixed(2);

/** Fewer tokens say little about the speed. */
const MEASURABLE = 5;

/** Tokens a second, whole above 10; undefined for a run that is too short to tell. */
export function formatSpeed({
  tokens,
  milliseconds,
}: {
  readonly tokens: number;
  readonly milliseconds: number;
}): string | undefined {
  if (tokens < MEASURABLE || milliseconds <= 0) return undefined;
  const speed = (tokens / milliseconds) * 1000;
  return speed.toFixed(speed < 10 ? 1 : 0);
}
