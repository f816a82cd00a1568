import type { WrittenStep } from '../../engine/jobs/generate-write.ts';
import type { Written } from './tree.ts';

/** A text that a model is writing. Tokens may arrive more often than the screen is drawn. */
export class Growth {
  #node: Written;
  #path: readonly Written[];
  #isDrawn = true;
  readonly #ends: readonly number[];
  readonly #signal: AbortSignal;
  readonly #show: (path: readonly Written[]) => void;

  /**
   * @param last the token, or the end of the prompt, that the next one follows
   * @param path the tokens after the prompt so far
   * @param ends ids that end a text
   * @param signal ends the drawing
   */
  constructor(
    last: Written,
    path: readonly Written[],
    ends: readonly number[],
    signal: AbortSignal,
    show: (path: readonly Written[]) => void,
  ) {
    this.#node = last;
    this.#path = path;
    this.#ends = ends;
    this.#signal = signal;
    this.#show = show;
  }

  /** Takes a step of the model, and draws it with the next frame. */
  add({ id, logits }: WrittenStep): void {
    if (this.#signal.aborted) return;
    if (id !== undefined) {
      this.#node = this.#node.child(id, this.#ends.includes(id));
      this.#path = [...this.#path, this.#node];
    }
    this.#node.logits = logits;
    if (this.#isDrawn) requestAnimationFrame(() => this.draw());
    this.#isDrawn = false;
  }

  draw(): void {
    this.#isDrawn = true;
    if (!this.#signal.aborted) this.#show(this.#path);
  }
}
