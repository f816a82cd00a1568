import type { Side } from '../../../lib/heads.ts';
import type { PatchKind } from '../../../lib/patches.ts';

/** The texts of the panels that are loaded when they are opened. */
export interface PanelMessages {
  readonly layer: string;
  readonly head: string;
  readonly embeddings: string;
  readonly failed: string;
  readonly stream: {
    readonly heading: string;
    readonly explain: string;
    readonly wordsHeading: string;
    readonly wordsExplain: string;
    readonly noWords: string;
  };
  readonly pair: {
    readonly heading: string;
    readonly reading: string;
    readonly side: string;
    readonly grid: string;
    readonly sides: Readonly<Record<Side, string>>;
    readonly explains: Readonly<Record<Side, string>>;
    readonly axes: Readonly<Record<Side, string>>;
    /** Before what the unchanged model writes. */
    readonly before: string;
    moved(share: string): string;
    /** What the bars under the heads are. */
    readonly explainRanking: string;
    without(share: string): string;
    ran(source: number, target: number, time: string, backend: string): string;
  };
  readonly patch: {
    readonly heading: string;
    readonly explain: string;
    /** Of encoder–decoders. */
    readonly explainPair: string;
    readonly sameOutput: string;
    readonly what: string;
    readonly kinds: Readonly<Record<PatchKind, string>>;
    readonly same: string;
    readonly start: string;
    readonly stop: string;
    readonly unchanged: string;
    readonly needsOther: string;
    readonly makeOther: string;
    layerOf(layer: number): string;
    unequal(first: number, second: number): string;
    running(done: number, total: number): string;
    resume(done: number, total: number): string;
    largest(share: string, place: string, isComplete: boolean): string;
    place(row: string, column: string): string;
  };
}
