// A model that finds nothing to write may repeat itself without an end (Jeffries et al. 2024, §4.3).

const MAX_PERIOD = 16;
const MIN_COPIES = 4;
const MIN_TOKENS = 10;

/** The length of what the tokens end with at least four copies of, which are ten tokens or more; undefined if they do not. */
export function loopPeriod(ids: readonly number[]): number | undefined {
  for (let period = 1; period <= MAX_PERIOD; period++) {
    const length = Math.max(MIN_COPIES * period, Math.ceil(MIN_TOKENS / period) * period);
    if (length > ids.length) continue;
    const first = ids.length - length;
    let at = first + period;
    while (at < ids.length && ids[at] === ids[at - period]) at++;
    if (at === ids.length) return period;
  }
  return undefined;
}

/** The tokens with one copy of what they end with copies of. */
export function withoutLoop(ids: readonly number[]): readonly number[] {
  const period = loopPeriod(ids);
  if (period === undefined) return ids;
  let end = ids.length;
  while (end > period && ids[end - 1] === ids[end - 1 - period]) end--;
  return ids.slice(0, end);
}
