import type { Refusal } from './session.svelte.ts';
import type { SampleId, Way } from './state.ts';

/** The texts of the room Search. */
export interface SearchMessages {
  readonly tagline: string;
  readonly source: {
    readonly heading: string;
    readonly label: string;
    readonly samples: Readonly<Record<SampleId, string>>;
    readonly choose: string;
    readonly own: string;
    readonly open: string;
    readonly drop: string;
    /** Texts stay on the device. */
    readonly local: string;
    /** That a text is not in the address. */
    notShared(name: string | undefined): string;
    readonly reading: string;
    contents(sections: number, passages: number): string;
    readonly refused: Readonly<Record<Refusal, string>>;
  };
  readonly query: {
    readonly heading: string;
    readonly label: string;
    readonly placeholder: string;
    readonly examples: string;
    readonly way: string;
    readonly ways: Readonly<Record<Way, string>>;
    readonly explain: Readonly<Record<Way, string>>;
    readonly offer: string;
    /** While MiniLM's vectors are computed. */
    indexing(done: number, total: number): string;
    indexed(total: number): string;
    cut(passages: number): string;
    readonly koreanQuery: string;
    readonly otherScript: string;
  };
  readonly results: {
    readonly heading: string;
    readonly meaning: string;
    readonly letters: string;
    readonly korean: string;
    readonly none: string;
    readonly empty: string;
    readonly waiting: string;
    readonly beginning: string;
    readonly why: string;
    /** What a screen reader says when new results are there. */
    found(count: number, first: string, score: string): string;
    score(score: string): string;
    readonly failed: string;
  };
  readonly guess: {
    readonly start: string;
    readonly question: string;
    right(score: string): string;
    wrong(first: string, score: string): string;
  };
  readonly why: {
    letters(score: string): string;
    readonly lettersNote: string;
    rest(count: number): string;
    meaning(queryTokens: number, passageTokens: number, score: string): string;
    readonly meaningNote: string;
    readonly query: string;
    readonly passage: string;
    readonly choose: string;
    token(text: string, part: string): string;
    readonly pairs: string;
    restPairs(count: number): string;
    readonly sum: string;
    readonly waiting: string;
  };
  readonly about: { readonly heading: string; readonly points: readonly string[] };
}
