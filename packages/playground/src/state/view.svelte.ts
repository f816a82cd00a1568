import type { HeadId, SentenceTrace } from '../engine/types.ts';
import { headMap, layerMean, queryWeights, restrictToTokens } from '../lib/attention.ts';
import type { Matrix } from '../lib/raster.ts';
import { isSpecial } from '../lib/tokens.ts';

export type Scope = 'head' | 'layer';

interface Pin {
  readonly position: number;
  readonly token: string;
}

/** Initial selection: in the first example, "it" attends to "animal" in this head. */
const INITIAL: { readonly head: HeadId; readonly pin: Pin } = {
  head: { layer: 3, head: 1 },
  pin: { position: 9, token: 'it' },
};

/** The displayed part of a trace: selected head or layer, focused token, and whether [CLS] and [SEP] are hidden. */
export class View {
  selected = $state.raw<HeadId>(INITIAL.head);
  scope = $state<Scope>('head');
  hideSpecial = $state(false);
  /** Position in the trace of the token under the pointer or with keyboard focus. */
  hovered = $state<number | undefined>();
  #pin = $state.raw<Pin | undefined>(INITIAL.pin);

  readonly #trace: () => SentenceTrace | undefined;

  constructor(trace: () => SentenceTrace | undefined) {
    this.#trace = trace;
  }

  /** Positions in the trace of the displayed tokens. */
  readonly visibleTokens: readonly number[] = $derived.by(() => {
    const tokens = this.#trace()?.tokens ?? [];
    const all = tokens.map((_, i) => i);
    const words = all.filter((i) => !isSpecial(tokens[i] ?? ''));
    // An empty text has only special tokens, which are then displayed.
    return this.hideSpecial && words.length > 0 ? words : all;
  });

  readonly rescaled: boolean = $derived.by(
    () => this.visibleTokens.length < (this.#trace()?.tokens.length ?? 0),
  );

  /** Position of the pinned token, as long as the token at that position is the same. */
  readonly pinned: number | undefined = $derived.by(() => {
    const pin = this.#pin;
    return pin !== undefined && this.#trace()?.tokens[pin.position] === pin.token ? pin.position : undefined;
  });

  /** The enlarged map, restricted to the displayed tokens. */
  readonly map: Matrix | undefined = $derived.by(() => {
    const attention = this.#trace()?.attention;
    if (!attention) return undefined;
    const { layer, head } = this.selected;
    return restrictToTokens(
      this.scope === 'layer' ? layerMean(attention, layer) : headMap(attention, layer, head),
      this.visibleTokens,
    );
  });

  /** Position in the trace of the token whose attention is displayed. */
  readonly focus: number | undefined = $derived.by(() => {
    const position = this.hovered ?? this.pinned;
    return position !== undefined && this.visibleTokens.includes(position) ? position : undefined;
  });

  /** Row of the focused token in the map. */
  readonly focusRow: number | undefined = $derived.by(() => {
    return this.focus === undefined ? undefined : this.visibleTokens.indexOf(this.focus);
  });

  /** Attention weights of the focused token by position in the trace; hidden tokens have none. */
  readonly focusWeights: ReadonlyMap<number, number> = $derived.by(() => {
    if (this.map === undefined || this.focusRow === undefined) return new Map();
    const weights = queryWeights(this.map, this.focusRow);
    return new Map(this.visibleTokens.map((position, i) => [position, weights[i] ?? 0]));
  });

  /** A head's map for the grid, restricted to the displayed tokens. */
  thumbnail(layer: number, head: number): Matrix | undefined {
    const attention = this.#trace()?.attention;
    return attention ? restrictToTokens(headMap(attention, layer, head), this.visibleTokens) : undefined;
  }

  /** Selects a head. */
  select(head: HeadId): void {
    this.selected = head;
    this.scope = 'head';
  }

  togglePin(position: number): void {
    const token = this.#trace()?.tokens[position];
    this.#pin = this.pinned === position || token === undefined ? undefined : { position, token };
  }

  unpin(): void {
    this.#pin = undefined;
  }
}
