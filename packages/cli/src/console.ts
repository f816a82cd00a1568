/** Where a command writes, and what interrupts it. */
export interface Console {
  out(text: string): void;
  error(text: string): void;
  readonly signal?: AbortSignal;
}
