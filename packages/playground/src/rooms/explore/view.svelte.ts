import type { Opened, Reading } from '../../engine/jobs/read.ts';
import { queryWeights } from '../../lib/attention.ts';
import { type HeadId, nearestHead } from '../../lib/heads.ts';
import type { Matrix } from '../../lib/raster.ts';
import type { Unit } from '../../lib/units.ts';
import type { Session } from './session.svelte.ts';
import type { ExploreUrl } from './state.ts';

interface Pin {
  readonly index: number;
  readonly label: string;
}

/** In the first example, "it" attends to "animal" in the first head. */
const INITIAL_PIN: Pin = { index: 9, label: 'it' };

/** The part of a reading that is shown: its text, the open head or layer, the unit in focus. */
export class View {
  /** Index of the unit under the pointer or with keyboard focus. */
  hovered = $state<number | undefined>();
  /** Whether the reader opened a head, which on phones is then shown in a sheet. */
  isOpen = $state(false);
  #pin = $state.raw<Pin | undefined>(INITIAL_PIN);

  readonly #session: Session;
  readonly #url: ExploreUrl;

  constructor(session: Session, url: ExploreUrl) {
    this.#session = session;
    this.#url = url;
  }

  /** The text whose tokens and open head are shown: the second one while the grid shows that. */
  readonly reading: Reading | undefined = $derived.by(() =>
    this.#url.values.grid === 'b' && this.#url.values.other !== ''
      ? this.#session.otherReading
      : this.#session.reading,
  );

  /** The head that is chosen; of a model with fewer, the last. */
  readonly selected: HeadId = $derived.by(() => {
    const { selected } = this.#url.values;
    return this.reading ? nearestHead(selected, this.reading) : selected;
  });

  /** What is open; before the first reading, what is to be. */
  readonly opened: Opened = $derived.by(
    () => this.reading?.opened ?? { ...this.selected, mean: this.#url.values.scope === 'layer' },
  );

  readonly units: readonly Unit[] = $derived(this.reading?.units ?? []);
  /** Indices of the units that maps have. */
  readonly visible: readonly number[] = $derived(this.reading?.visible ?? []);
  readonly #rows: ReadonlyMap<number, number> = $derived(
    new Map(this.visible.map((index, row) => [index, row])),
  );
  readonly labels: readonly string[] = $derived(
    this.visible.map((index) => {
      const { label, continues } = this.units[index]!;
      return continues ? `##${label}` : label;
    }),
  );
  readonly rescaled: boolean = $derived(this.visible.length < this.units.length);
  readonly map: Matrix | undefined = $derived(this.reading?.map);

  /** Index of the pinned unit, as long as it is the same. */
  readonly pinned: number | undefined = $derived.by(() => {
    const pin = this.#pin;
    return pin !== undefined && this.units[pin.index]?.label === pin.label ? pin.index : undefined;
  });

  /** Index of the unit whose attention is shown. */
  readonly focus: number | undefined = $derived.by(() => {
    const index = this.hovered ?? this.pinned;
    return index !== undefined && this.#rows.has(index) ? index : undefined;
  });

  /** Row of the focused unit in the map. */
  readonly focusRow: number | undefined = $derived(
    this.focus === undefined ? undefined : this.#rows.get(this.focus),
  );

  /** Attention weights of the focused unit, of the units that are shown. */
  readonly focusWeights: Float32Array | undefined = $derived(
    this.map === undefined || this.focusRow === undefined ? undefined : queryWeights(this.map, this.focusRow),
  );

  isVisible(index: number): boolean {
    return this.#rows.has(index);
  }

  /** The weight to a unit from the focused one. */
  weightOf(index: number): number | undefined {
    const row = this.#rows.get(index);
    return row === undefined ? undefined : this.focusWeights?.[row];
  }

  select(head: HeadId): void {
    this.#url.set({ selected: head, scope: 'head' });
    this.isOpen = true;
  }

  togglePin(index: number): void {
    const label = this.units[index]?.label;
    this.#pin = this.pinned === index || label === undefined ? undefined : { index, label };
  }

  unpin(): void {
    this.#pin = undefined;
  }
}
