import type { SimilarityLevel } from '../../lib/cosine.ts';

/** The texts of the room Explore. */
export interface ExploreMessages {
  readonly tagline: string;
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
