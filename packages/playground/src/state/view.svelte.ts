import type { HeadId, Reading } from '../engine/types.ts';
import { among, headMap, layerMean, row } from '../lib/attention.ts';
import type { Matrix } from '../lib/raster.ts';
import { isSpecial } from '../lib/tokens.ts';

export type Scope = 'head' | 'layer';

interface Pin {
  readonly place: number;
  readonly token: string;
}

/** What is shown at first: in the first example, this head's "it" looks back at "animal". */
const FIRST: { readonly head: HeadId; readonly pin: Pin } = {
  head: { layer: 3, head: 1 },
  pin: { place: 9, token: 'it' },
};

/** What is looked at in a reading: which head, which token, and whether [CLS] and [SEP] take part. */
export class View {
  selected = $state.raw<HeadId>(FIRST.head);
  scope = $state<Scope>('head');
  leaveOut = $state(false);
  /** Tokens by their place in the reading. */
  hovered = $state<number | undefined>();
  #pin = $state.raw<Pin | undefined>(FIRST.pin);

  readonly #reading: () => Reading | undefined;

  constructor(reading: () => Reading | undefined) {
    this.#reading = reading;
  }

  /** The places of the tokens that are shown. */
  readonly keep: readonly number[] = $derived.by(() => {
    const tokens = this.#reading()?.tokens ?? [];
    const all = tokens.map((_, i) => i);
    const words = all.filter((i) => !isSpecial(tokens[i] ?? ''));
    // An empty text has nothing but its special tokens: then they are what there is to see.
    return this.leaveOut && words.length > 0 ? words : all;
  });

  readonly rescaled: boolean = $derived.by(() => this.keep.length < (this.#reading()?.tokens.length ?? 0));

  /** The token that stays chosen, as long as its place still holds it. */
  readonly pinned: number | undefined = $derived.by(() => {
    const pin = this.#pin;
    return pin !== undefined && this.#reading()?.tokens[pin.place] === pin.token ? pin.place : undefined;
  });

  /** The enlarged map, between the shown tokens. */
  readonly map: Matrix | undefined = $derived.by(() => {
    const attention = this.#reading()?.attention;
    if (!attention) return undefined;
    const { layer, head } = this.selected;
    return among(
      this.scope === 'layer' ? layerMean(attention, layer) : headMap(attention, layer, head),
      this.keep,
    );
  });

  /** The token whose attention is shown, by its place in the reading. */
  readonly focus: number | undefined = $derived.by(() => {
    const place = this.hovered ?? this.pinned;
    return place !== undefined && this.keep.includes(place) ? place : undefined;
  });

  /** The focused token's place among those shown. */
  readonly focusRow: number | undefined = $derived.by(() => {
    return this.focus === undefined ? undefined : this.keep.indexOf(this.focus);
  });

  /** What the focused token attends to, for every token of the reading; `undefined` for those left out. */
  readonly focusWeights: ReadonlyMap<number, number> = $derived.by(() => {
    if (this.map === undefined || this.focusRow === undefined) return new Map();
    const weights = row(this.map, this.focusRow);
    return new Map(this.keep.map((place, i) => [place, weights[i] ?? 0]));
  });

  /** A head's map for the grid, between the shown tokens. */
  thumbnail(layer: number, head: number): Matrix | undefined {
    const attention = this.#reading()?.attention;
    return attention ? among(headMap(attention, layer, head), this.keep) : undefined;
  }

  /** Chooses a head and shows it alone. */
  select(head: HeadId): void {
    this.selected = head;
    this.scope = 'head';
  }

  togglePin(place: number): void {
    const token = this.#reading()?.tokens[place];
    this.#pin = this.pinned === place || token === undefined ? undefined : { place, token };
  }

  unpin(): void {
    this.#pin = undefined;
  }
}
