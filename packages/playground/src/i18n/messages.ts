import type { SimilarityLevel } from '../lib/cosine.ts';
import type { FailureCause } from '../lib/failure.ts';

/** All texts of the interface. */
export interface Messages {
  readonly title: string;
  readonly tagline: string;
  readonly skipToAttention: string;
  readonly language: { readonly label: string; readonly en: string; readonly ko: string };
  readonly theme: { readonly toDark: string; readonly toLight: string };
  readonly load: {
    readonly loading: string;
    readonly fromCache: string;
    readonly starting: string;
    readonly failed: string;
    readonly stopped: string;
    readonly retry: string;
    progress(loaded: string, total: string | undefined): string;
  };
  /** What happened and what helps, by the cause of a failure. */
  readonly failures: Readonly<Record<FailureCause, string>>;
  readonly sentence: {
    readonly heading: string;
    readonly label: string;
    readonly placeholder: string;
    readonly examples: string;
    readonly failed: string;
    readonly koreanNote: string;
    /** For letters of scripts other than the Latin one and Hangul. */
    readonly scriptNote: string;
    unread(read: number, total: number): string;
    ran(tokens: number, time: string, backend: string): string;
  };
  readonly tokens: {
    readonly label: string;
    readonly hint: string;
  };
  readonly grid: {
    readonly heading: string;
    readonly explain: string;
    readonly label: string;
    readonly layer: string;
    readonly head: string;
    cell(layer: number, head: number, silenced: boolean): string;
  };
  readonly view: {
    readonly scope: string;
    readonly oneHead: string;
    readonly layerMean: string;
    readonly hideSpecial: string;
    readonly hiddenNote: string;
    readonly linesLabel: string;
    readonly from: string;
    readonly to: string;
    readonly mapLabel: string;
    readonly readoutEmpty: string;
    readonly scale: string;
    headTitle(layer: number, head: number): string;
    meanTitle(layer: number): string;
    readout(query: string, key: string, weight: string): string;
    readoutOf(query: string, key: string, weight: string): string;
  };
  readonly silence: {
    readonly silence: string;
    readonly restore: string;
    readonly restoreAll: string;
    readonly heading: string;
    readonly explain: string;
    effect(cosine: string, degrees: string): string;
    remove(layer: number, head: number): string;
  };
  readonly effects: {
    readonly measure: string;
    readonly measuring: string;
    /** After an interruption. */
    readonly resume: string;
    readonly explain: string;
    readonly strongest: string;
    cell(degrees: string): string;
  };
  readonly compare: {
    readonly heading: string;
    readonly explain: string;
    readonly first: string;
    readonly second: string;
    readonly pairs: string;
    readonly cosine: string;
    readonly similarityLevel: Readonly<Record<SimilarityLevel, string>>;
    readonly notJudged: string;
    readonly products: string;
    readonly productsNote: string;
    readonly failed: string;
    gauge(cosine: string, degrees: string): string;
    strip(which: string, dimensions: number): string;
  };
  readonly about: {
    readonly heading: string;
    readonly points: readonly string[];
  };
}
