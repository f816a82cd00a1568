import type { Writer } from '../../engine/jobs/why.ts';
import type { SimilarityLevel } from '../../lib/cosine.ts';
import type { HeadLabel } from '../../lib/head-labels.ts';
import type { HeadEdit } from '../../lib/heads.ts';
import type { FileProblem } from './files.ts';
import type { GridChoice, PANELS, Sort } from './state.ts';

/** The texts of the room Explore. */
export interface ExploreMessages {
  readonly tagline: string;
  readonly sentence: {
    readonly heading: string;
    readonly label: string;
    readonly placeholder: string;
    readonly examples: string;
    readonly failed: string;
    readonly other: string;
    readonly addOther: string;
    readonly removeOther: string;
    readonly koreanNote: string;
    /** For letters of scripts other than the Latin one and Hangul. */
    readonly scriptNote: string;
    unread(read: number, total: number): string;
    ran(tokens: number, time: string, backend: string): string;
  };
  readonly models: { readonly label: string } & Readonly<
    /** `trained`: a model of the room Train, in place of its name. */
    Record<'encoder' | 'causalLM' | 'seq2seqLM' | 'trained' | 'trainedNote', string>
  >;
  readonly files: {
    readonly open: string;
    readonly opening: string;
    readonly hint: string;
    readonly drop: string;
    readonly note: string;
    readonly failed: string;
    readonly detail: string;
    readonly causes: Readonly<Record<FileProblem, string>>;
  };
  readonly tokens: {
    readonly label: string;
    readonly hint: string;
    row(label: string, parts: string): string;
    others(count: number, limit: string): string;
  };
  readonly labels: {
    readonly filter: string;
    readonly all: string;
    readonly explain: string;
    readonly names: Readonly<Record<HeadLabel, string>>;
    readonly meanings: Readonly<Record<HeadLabel, string>>;
    fadeSinks(count: number): string;
    /** Of a head at rest: what one of its tokens reads nevertheless. */
    although(query: string, key: string, share: string): string;
    heads(count: number): string;
  };
  readonly sorts: { readonly label: string } & Readonly<Record<Sort, string>>;
  readonly grids: { readonly label: string } & Readonly<Record<GridChoice, string>>;
  readonly difference: {
    explain(places: number): string;
    cell(share: string): string;
  };
  readonly grid: {
    readonly heading: string;
    readonly explain: string;
    readonly label: string;
    readonly layer: string;
    readonly head: string;
    cell(layer: number, head: number, edit: HeadEdit['edit']): string;
  };
  readonly view: {
    readonly scope: string;
    readonly oneHead: string;
    readonly layerMean: string;
    readonly unit: string;
    readonly tokens: string;
    readonly words: string;
    readonly wordsNote: string;
    readonly hiddenNote: string;
    readonly linesLabel: string;
    readonly from: string;
    readonly to: string;
    readonly mapLabel: string;
    readonly readoutEmpty: string;
    readonly scale: string;
    /** The names of the tokens that the tokenizer adds. */
    hideSpecial(names: readonly string[]): string;
    headTitle(layer: number, head: number): string;
    meanTitle(layer: number): string;
    readout(query: string, key: string, weight: string): string;
    readoutOf(query: string, key: string, weight: string): string;
  };
  readonly edits: {
    readonly change: string;
    readonly scale: string;
    readonly silence: string;
    readonly average: string;
    readonly restore: string;
    readonly restoreAll: string;
    readonly heading: string;
    readonly explain: string;
    readonly keys: string;
    factor(factor: number): string;
    name(edit: HeadEdit): string;
    effect(cosine: string, degrees: string): string;
    /** For models that predict the next token. */
    shift(share: string): string;
    /** Begins with the visible name. */
    remove(name: string): string;
  };
  readonly effects: {
    readonly measure: string;
    readonly measuring: string;
    /** After an interruption. */
    readonly resume: string;
    readonly explain: string;
    readonly explainShift: string;
    readonly strongest: string;
    readonly relativeToModel: string;
    relativeToEdits(count: number): string;
    cell(causal: boolean, size: string): string;
  };
  readonly lens: {
    readonly heading: string;
    readonly explain: string;
    readonly after: string;
    last(count: number): string;
    layer(layer: number): string;
  };
  readonly zoom: {
    readonly label: string;
    readonly closer: string;
    readonly farther: string;
    readonly whole: string;
    readonly hint: string;
    shown(span: number, size: number): string;
  };
  readonly panels: {
    readonly heading: string;
    readonly failed: string;
    readonly names: Readonly<Record<(typeof PANELS)[number], string>>;
  };
  readonly export: { readonly label: string; readonly grid: string };
  readonly why: {
    readonly ask: string;
    readonly title: string;
    readonly close: string;
    readonly path: string;
    readonly token: string;
    readonly score: string;
    readonly weight: string;
    readonly stream: string;
    readonly number: string;
    readonly bias: string;
    readonly writer: string;
    readonly norm: string;
    readonly whyStream: string;
    readonly noProjection: string;
    readonly writers: Readonly<Record<Writer['kind'], (layer: number, head: number) => string>>;
    heading(query: string, key: string, layer: number, head: number): string;
    weightIs(query: string): string;
    softmax(weight: string, score: string): string;
    others(count: number, share: string): string;
    whyScore(score: string): string;
    scoreIs(score: string, dot: string, size: number): string;
    productsNote(query: string, key: string): string;
    whyQuery(feature: number): string;
    queryIs(feature: number, value: string, query: string): string;
    rest(count: number): string;
    streamIs(query: string, layer: number): string;
    moreWriters(count: number): string;
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
    runs(model: string): string;
    readonly points: readonly string[];
  };
}
