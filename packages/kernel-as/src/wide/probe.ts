import type { Address } from '../exports.ts';
import { moduleCache } from '../modules.ts';

const compile = moduleCache((build) =>
  build === 'simd'
    ? import('../generated/wide-probe-simd.ts')
    : import('../generated/wide-probe-relaxed-simd.ts'),
);

/** The exports of assembly/wide-probe.ts. */
interface Probe {
  readonly pairsAt: WebAssembly.Global<'i32'>;
  pairs(at: Address, neighbours: number, steps: number): void;
}

/** Milliseconds after which V8 has usually replaced its first, unoptimised code. It joins operations only in the second. */
const WARM_UP = 2;
/** Milliseconds of measurements after that, and the fewest intervals of each kind: a clock of 0.1 ms leaves time for two in a millisecond, both of which another program can interrupt. */
const MEASURED = 1;
const INTERVALS = 8;
/** 14 products of 256 bits take at most 0.7 of the time of 28 of 128 bits where they were seen; equal ones differ by less than 0.05. */
const FASTER = 1.25;
/** Shortest interval that is timed, in milliseconds: longer where the clock is coarse. */
const SHORTEST = 0.02;
const STEPS = 1000;

/** The next time that the clock shows another value. */
function nextTick(): number {
  const from = performance.now();
  for (;;) {
    const time = performance.now();
    if (time !== from) return time;
  }
}

/** Calls per millisecond in one interval. */
function rate({ pairs, pairsAt }: Probe, neighbours: number, interval: number): number {
  const from = nextTick();
  for (let calls = 1; ; calls++) {
    pairs(pairsAt.value, neighbours, STEPS);
    const passed = performance.now() - from;
    if (passed >= interval) return calls / passed;
  }
}

/**
 * Whether the engine joins neighbouring WebAssembly operations of 128 bits to operations of 256: measured, since nothing else shows it. An
 * attempt takes 3 ms, up to 10 where the clock shows tenths of milliseconds; the first that sees it is the last. On a busy machine the engine's compiler may need
 * more than one.
 */
export async function joinsOperations(attempts: number): Promise<boolean> {
  const instance = await WebAssembly.instantiate(await compile('simd'));
  const probe = instance.exports as unknown as Probe;
  const interval = Math.max(SHORTEST, 3 * (-nextTick() + nextTick()));
  for (let attempt = 0; attempt < attempts; attempt++) {
    for (const end = performance.now() + WARM_UP; performance.now() < end; )
      probe.pairs(probe.pairsAt.value, 1, STEPS);
    // The best of all intervals: others were interrupted by the operating system.
    let joined = 0;
    let apart = 0;
    const end = performance.now() + MEASURED;
    for (let i = 0; i < INTERVALS || performance.now() < end; i++) {
      joined = Math.max(joined, rate(probe, 1, interval));
      apart = Math.max(apart, rate(probe, 0, interval));
    }
    if (joined > FASTER * apart) return true;
  }
  return false;
}
