import type { ContenderId, WorkId } from '../../engine/benchmark/contenders.ts';
import type { VoidReason } from './machine.ts';
import type { Obstacle } from './session.svelte.ts';
import type { RunLength } from './state.ts';

/** The texts of the room Benchmark. */
export interface BenchmarkMessages {
  readonly tagline: string;
  readonly work: {
    readonly label: string;
    readonly names: Readonly<Record<WorkId, string>>;
    readonly explain: Readonly<Record<WorkId, string>>;
    /** That MiniLM is fetched. */
    fetches(size: string): string;
  };
  readonly contenders: {
    readonly heading: string;
    readonly names: Readonly<Record<ContenderId, string>>;
    readonly explain: Readonly<Record<ContenderId, string>>;
    readonly obstacles: Readonly<Record<Obstacle, string>>;
    /** A peer's version and what is fetched of it, after what it is. */
    peer(version: string, size: string): string;
    readonly missing: string;
    readonly command: string;
  };
  readonly run: {
    readonly length: string;
    readonly lengths: Readonly<Record<RunLength, string>>;
    readonly start: string;
    readonly stop: string;
    readonly none: string;
    readonly reference: string;
    check(name: string): string;
    readonly time: string;
    readonly failed: string;
    readonly brokenOff: Readonly<Record<VoidReason, string>>;
  };
  readonly guess: {
    readonly label: string;
    readonly none: string;
    right(name: string): string;
    wrong(guess: string, fastest: string): string;
  };
  readonly result: {
    readonly heading: string;
    readonly waiting: string;
    /** What a screen reader says first. */
    fastest(name: string, ms: string): string;
    /** The fastest in 32-bit floats, if another is the fastest. */
    fastestExact(name: string, ms: string): string;
    void(change: string): string;
    /** That medians are far above best times. */
    busy(times: string): string;
    /** The table, for screen readers. */
    readonly table: string;
    readonly contender: string;
    readonly best: string;
    readonly median: string;
    readonly rate: string;
    readonly error: string;
    readonly ratio: string;
    readonly bars: string;
    /** What bars and lines are. */
    readonly marks: string;
    failure(message: string): string;
    machine(cores: number, runtime: string): string;
    readonly onBattery: string;
    readonly copyMarkdown: string;
    readonly copyJson: string;
    readonly copied: string;
    readonly notCopied: string;
  };
  readonly about: { readonly heading: string; readonly points: readonly string[] };
}
