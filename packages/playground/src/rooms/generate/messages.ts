import type { WriteEnd } from '../../engine/jobs/generate-write.ts';
import type { Cut } from '../../lib/sampling.ts';
import type { WRITERS } from './state.ts';

/** The texts of the room Generate. */
export interface GenerateMessages {
  readonly tagline: string;
  readonly model: {
    readonly label: string;
    /** What each model writes. */
    readonly writes: Readonly<Record<(typeof WRITERS)[number], string>>;
    /** Which model suits a text. */
    readonly suits: Readonly<Record<'both' | 'gpt-mini' | 'none', string>>;
    readonly offer: string;
    use(name: string): string;
  };
  readonly prompt: {
    readonly section: string;
    readonly label: string;
    readonly placeholder: string;
    readonly examples: string;
    /** By model: prompts whose text it can continue. The first is shown before the visitor types. */
    readonly samples: Readonly<Record<(typeof WRITERS)[number], readonly string[]>>;
  };
  readonly obstacle: {
    language(name: string): string;
    unknown(name: string, parts: string): string;
    length(tokens: number, limit: number): string;
  };
  readonly actions: {
    readonly write: string;
    readonly step: string;
    readonly stop: string;
    readonly clear: string;
    readonly seed: string;
    readonly reseed: string;
    readonly writing: string;
    readonly failed: string;
    /** Why the last run ended, with its speed in tokens a second if it was long enough to tell. */
    ran(reason: WriteEnd, tokens: number, speed: string | undefined): string;
  };
  readonly text: {
    readonly heading: string;
    readonly label: string;
    readonly hint: string;
    /** Beside the hint, where there is a keyboard. */
    readonly keys: string;
    readonly caret: string;
    readonly end: string;
    readonly tint: string;
    readonly probability: string;
    readonly attention: string;
    /** For screen readers: a token and its probability. */
    token(text: string, probability: string): string;
    added(text: string): string;
    unknown(text: string): string;
    attended(text: string, weight: string): string;
    /** While settings are dragged: how many tokens after the prompt stay. */
    kept(kept: number, total: number): string;
  };
  readonly next: {
    readonly after: string;
    readonly instead: string;
    readonly withinPrompt: string;
    readonly ended: string;
    readonly full: string;
    readonly waiting: string;
    readonly explain: string;
    readonly cut: Readonly<Record<Cut, string>>;
    /** What bars and lines are. */
    readonly marks: string;
    readonly chosen: string;
    readonly modelColumn: string;
    readonly settingsColumn: string;
    left(left: number, of: number, mass: string): string;
    entropy(model: string, settings: string): string;
    row(text: string, model: string, settings: string): string;
    describe(first: string, others: number): string;
  };
  readonly guess: {
    readonly start: string;
    readonly question: string;
    readonly end: string;
    readonly next: string;
    right(text: string, probability: string): string;
    wrong(guess: string, guessed: string, drawn: string, probability: string): string;
  };
  readonly settings: {
    readonly heading: string;
    readonly explain: string;
    readonly temperature: string;
    readonly topK: string;
    readonly topP: string;
    readonly minP: string;
    readonly greedy: string;
    readonly off: string;
    readonly reset: string;
  };
  readonly heads: {
    readonly heading: string;
    readonly layer: string;
    readonly head: string;
    readonly mean: string;
    readonly others: string;
    readonly nothing: string;
    explain(query: string, place: number): string;
  };
  readonly branches: {
    readonly heading: string;
    readonly explain: string;
    readonly empty: string;
    readonly label: string;
    /** A text of the tree: with its settings, and the place where it forks. */
    settings(temperature: string, seed: number): string;
    fork(place: number): string;
  };
  readonly about: { readonly heading: string; readonly points: readonly string[] };
}
