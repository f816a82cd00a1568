import type { SpectrogramWords } from '../../pictures/spectrogram.ts';
import type { Refusal } from './session.svelte.ts';
import type { LanguageChoice, SampleId } from './state.ts';

/** The texts of the room Listen. */
export interface ListenMessages {
  readonly tagline: string;
  readonly source: {
    readonly heading: string;
    readonly choose: string;
    readonly samples: Readonly<Record<SampleId, string>>;
    readonly origin: Readonly<Record<SampleId, string>>;
    said(text: string): string;
    readonly own: string;
    readonly open: string;
    readonly drop: string;
    readonly record: string;
    readonly stop: string;
    readonly level: string;
    recording(seconds: number): string;
    readonly recorded: string;
    notShared(name: string): string;
    cut(seconds: string): string;
    readonly silent: string;
    readonly reading: string;
    readonly refused: Readonly<Record<Refusal, string>>;
  };
  readonly model: {
    readonly language: string;
    /** The choice to tell the model the language of the sample. */
    told(language: string): string;
    readonly languages: Readonly<Record<Exclude<LanguageChoice, 'auto'>, string>>;
    readonly offer: string;
    readonly cancel: string;
    readonly listening: string;
    took(time: string, backend: string): string;
  };
  readonly picture: {
    readonly heading: string;
    readonly explain: string;
    readonly hertz: string;
    readonly scroll: string;
    readonly play: string;
    readonly stop: string;
    readonly playWord: string;
    readonly words: string;
    word(text: string, start: string): string;
    readonly none: string;
    readonly waiting: string;
    readonly empty: string;
    readonly describe: SpectrogramWords;
    readonly failed: string;
  };
  readonly word: {
    heading(text: string): string;
    times(start: string, end: string, probability: string): string;
    readonly mean: string;
    head(layer: number, head: number): string;
    places(head: string): string;
    rest(share: string): string;
    why(place: string, weight: string): string;
    readonly choose: string;
  };
  readonly heads: {
    readonly heading: string;
    readonly explain: string;
    readonly grid: string;
    readonly mean: string;
    name(layer: number, head: number): string;
    readonly timing: string;
    readonly silenced: string;
    silence(layer: number, head: number): string;
    restore(layer: number, head: number): string;
    readonly restoreAll: string;
    map(name: string, tokens: number): string;
    readonly mapNote: string;
  };
  readonly changes: {
    readonly heading: string;
    readonly before: string;
    readonly after: string;
    readonly same: string;
    readonly sameTimes: string;
    likelihood(word: string, before: string, after: string): string;
    changed(gone: number, added: number): string;
    moved(words: number, mean: string, most: string): string;
    readonly waiting: string;
    readonly note: string;
  };
  readonly languages: {
    readonly heading: string;
    readonly explain: string;
    rest(count: number): string;
    told(told: string, first: string): string;
    describe(first: string, share: string): string;
  };
  readonly guess: {
    readonly start: string;
    question(word: string): string;
    readonly place: string;
    readonly here: string;
    at(time: string): string;
    right(word: string, start: string): string;
    wrong(word: string, start: string, off: string): string;
  };
  readonly why: {
    readonly title: string;
    heading(word: string, place: string): string;
    readonly close: string;
    meanOf(value: string, count: number): string;
    readonly token: string;
    readonly head: string;
    readonly weight: string;
    readonly place: string;
    readonly score: string;
    softmax(weight: string, score: string): string;
    others(count: number, share: string): string;
    products(score: string, sum: string, count: number): string;
    readonly number: string;
    rest(count: number): string;
    readonly chosen: string;
  };
  readonly export: { readonly label: string; readonly text: string; caption(sound: string): string };
  readonly about: { readonly heading: string; readonly points: readonly string[] };
}
