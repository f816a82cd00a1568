import type { UrlState } from '../../app/url-state.svelte.ts';
import type { SentenceTrace } from '../../engine/jobs/trace.ts';
import { headMap, layerMean, queryWeights, restrictToTokens } from '../../lib/attention.ts';
import type { HeadId } from '../../lib/heads.ts';
import type { Matrix } from '../../lib/raster.ts';
import { isSpecial } from '../../lib/tokens.ts';
import type { schema } from './state.ts';

export type Scope = 'head' | 'layer';

interface Pin {
  readonly position: number;
  readonly token: string;
}

/** In the first example, "it" attends to "animal" in the first head. */
const INITIAL_PIN: Pin = { position: 9, token: 'it' };

/** The displayed part of a trace: selected head or layer, focused token, and whether [CLS] and [SEP] are hidden. */
export class View {
  scope = $state<Scope>('head');
  hideSpecial = $state(false);
  /** Position in the trace of the token under the pointer or with keyboard focus. */
  hovered = $state<number | undefined>();
  #pin = $state.raw<Pin | undefined>(INITIAL_PIN);

  readonly #trace: () => SentenceTrace | undefined;
  readonly #url: UrlState<typeof schema>;

  constructor(trace: () => SentenceTrace | undefined, url: UrlState<typeof schema>) {
    this.#trace = trace;
    this.#url = url;
  }

  /** The selected head; after a change to a smaller model, the nearest that there is. */
  readonly selected: HeadId = $derived.by(() => {
    const { layer, head } = this.#url.values.selected;
    const { layers, heads } = this.#trace()?.attention ?? { layers: Infinity, heads: Infinity };
    return { layer: Math.min(layer, layers - 1), head: Math.min(head, heads - 1) };
  });

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
    this.#url.set({ selected: head });
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
