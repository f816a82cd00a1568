import type { Router } from './router.svelte.ts';
import { printValues, type Schema, type ValuesOf } from './url-schema.ts';

/** The values of a room that its address holds. Reading `values` in a component follows them; Back and Forward change them. */
export class UrlState<S extends Schema = Schema> {
  readonly #schema: S;
  readonly #router: Router;
  values: ValuesOf<S> = $state.raw() as ValuesOf<S>;

  constructor(schema: S, values: ValuesOf<S>, router: Router) {
    this.#schema = schema;
    this.#router = router;
    this.values = values;
  }

  /** Changes values, and the address with them. */
  set(change: Partial<ValuesOf<S>>): void {
    this.values = { ...this.values, ...change };
    const push = Object.keys(change).some((name) => this.#schema[name]?.push === true);
    this.#router.write(printValues(this.#schema, this.values), push);
  }
}
