import type { Architecture, Cell, ExperimentId } from '../../engine/train/experiments.ts';
import type { Phase } from './session.svelte.ts';

/** The texts of the room Train. */
export interface TrainMessages {
  readonly tagline: string;
  readonly experiments: {
    readonly label: string;
    readonly of: Readonly<Record<ExperimentId, { readonly name: string; readonly about: string }>>;
  };
  readonly data: {
    readonly heading: string;
    readonly source: string;
    readonly target: string;
    readonly text: string;
    counts(examples: number, heldOut: number): string;
  };
  readonly settings: {
    readonly heading: string;
    readonly rate: string;
    readonly width: string;
    readonly heads: string;
    readonly cell: string;
    readonly cells: Readonly<Record<Cell, string>>;
    readonly seed: string;
    readonly reseed: string;
    readonly explain: string;
    readonly rateHint: Readonly<Record<Architecture, string>>;
  };
  readonly facts: {
    readonly parameters: string;
    readonly vocabulary: string;
    readonly batch: string;
    readonly expected: string;
    tokens(count: number): string;
    texts(count: number): string;
    steps(count: number): string;
    /** So many seconds, on this device. */
    seconds(seconds: number): string;
  };
  readonly actions: {
    readonly section: string;
    readonly start: string;
    readonly goOn: string;
    readonly pause: string;
    readonly step: string;
    readonly stop: string;
    readonly again: string;
    readonly failed: string;
  };
  readonly progress: {
    readonly label: string;
    readonly step: string;
    readonly loss: string;
    readonly left: string;
    phase(phase: Phase, step: number): string;
    away(step: number): string;
    of(step: number, steps: number): string;
  };
  readonly notFinite: {
    heading(step: number): string;
    loss(loss: string): string;
    readonly activation: string;
    readonly parameter: string;
    readonly gradient: string;
    kept(step: number): string;
    readonly lesson: string;
  };
  readonly curves: {
    readonly heading: string;
    readonly loss: string;
    readonly accuracy: Readonly<Record<'translation' | 'continuation', string>>;
    readonly length: Readonly<Record<'translation' | 'continuation', string>>;
    readonly steps: string;
    readonly nats: string;
    readonly now: string;
    readonly before: string;
    readonly empty: string;
    /** A run by its settings. */
    run(name: string, parts: readonly string[]): string;
    readonly part: {
      rate(rate: string): string;
      width(width: number): string;
      heads(heads: number): string;
      seed(seed: number): string;
    };
    describeLoss(run: string, first: string, last: string, step: number): string;
    describeAccuracy(run: string, step: number, bins: string): string;
    bin(from: number, to: number, share: string): string;
  };
  readonly look: {
    readonly heading: string;
    at(step: number): string;
    loss(loss: string): string;
    score(right: number, count: number): string;
    readonly samples: Readonly<Record<'translation' | 'continuation', string>>;
    readonly writes: string;
    readonly right: string;
    readonly correct: string;
    readonly wrong: string;
    readonly nothing: string;
    readonly alignment: Readonly<Record<'translation' | 'continuation', string>>;
    readonly explain: Readonly<Record<'translation' | 'continuation', string>>;
    readonly fixed: string;
    reads(row: string, column: string, weight: string): string;
    readonly scrub: string;
    scrubbed(step: number): string;
    readonly latest: string;
    readonly waiting: string;
  };
  readonly trained: {
    readonly heading: string;
    explain(step: number): string;
    download(name: string): string;
    readonly explore: string;
    readonly noExplore: Readonly<Record<'attention' | 'vector', string>>;
  };
  readonly about: { readonly heading: string; readonly points: readonly string[] };
}
