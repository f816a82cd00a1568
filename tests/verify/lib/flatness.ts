/** What is measured after a round of work. Memory is in MiB. */
export interface Sample {
  readonly minute: number;
  /** Resident memory of the process. */
  readonly process: number;
  /** Objects in V8's heap. */
  readonly heap: number;
  readonly wasm: number;
  readonly threads: number;
}

/** Growth that is not a leak, relative to what was there before: compiled code, and what allocators keep. */
const ALLOWED = 0.05;

/** Values at the first and last sample of the line that fits all of them best. */
function lineThrough(points: readonly (readonly [x: number, y: number])[]): [number, number] {
  const mean = (of: (point: readonly [number, number]) => number) =>
    points.reduce((sum, point) => sum + of(point), 0) / points.length;
  const [x, y] = [mean(([px]) => px), mean(([, py]) => py)];
  const slope = mean(([px, py]) => (px - x) * (py - y)) / mean(([px]) => (px - x) ** 2);
  return [points[0]!, points.at(-1)!].map(([px]) => y + slope * (px - x)) as [number, number];
}

/**
 * Whether memory stays the same over samples of mixed work. Objects and WebAssembly memory are judged by a straight line through the second half, the process by
 * the highest values of both halves: V8 and the C library keep pages of ended threads, and give them back when they like, so that resident memory goes up and down
 * below a limit. A leak raises the limit. The first tenth is left out, when code is compiled and allocators fill.
 */
export function judge(all: readonly Sample[]): { lines: readonly string[]; isFlat: boolean } {
  const end = all.at(-1)?.minute ?? 0;
  const half = (from: number, to: number) =>
    all.filter(({ minute }) => minute >= from * end && minute <= to * end);
  const [first, second] = [half(0.1, 0.55), half(0.55, 1)];
  if (Math.min(first.length, second.length) < 4)
    throw new Error('soak: too few rounds to compare; give it more minutes');
  const peak = (part: readonly Sample[]) => Math.max(...part.map((one) => one.process));
  const measures = [
    ['process, highest of both halves', peak(first), peak(second)],
    ['objects, line through the second half', ...lineThrough(second.map((one) => [one.minute, one.heap]))],
    [
      'WebAssembly, line through the second half',
      ...lineThrough(second.map((one) => [one.minute, one.wasm])),
    ],
  ] as const;
  const left = all.filter(({ threads }) => threads > 0).length;
  const lines = measures.map(
    ([what, before, after]) =>
      `${what}: ${before.toFixed(1)} MiB, then ${after.toFixed(1)} MiB, ${(100 * (after / before - 1)).toFixed(1)} %`,
  );
  lines.push(left > 0 ? `threads were left after ${left} rounds` : 'no thread was left after any round');
  const isFlat = left === 0 && measures.every(([, before, after]) => after <= before * (1 + ALLOWED));
  return { lines: [...lines, isFlat ? 'memory and threads are flat' : 'memory or threads grew'], isFlat };
}
