/** Where a command reads and writes, and what interrupts it. */
export interface Console {
  out(text: string): void;
  error(text: string): void;
  /** Default: the standard input. */
  readonly input?: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly signal?: AbortSignal;
}
