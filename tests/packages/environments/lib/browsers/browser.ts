/** A page of a browser. */
export interface BrowserPage {
  goto(url: string): Promise<void>;
  /** Runs a function in the page. It sees nothing but its argument, which is passed as JSON, as is its result. */
  evaluate<Argument, Result>(
    run: (argument: Argument) => Result | Promise<Result>,
    argument: Argument,
  ): Promise<Result>;
  /** What the page reported on its console, as far as the browser tells. */
  readonly errors: readonly string[];
  /** Ends the browser. */
  close(): Promise<void>;
}

/** A browser of this machine. */
export interface Browser {
  readonly name: string;
  readonly version: string;
  /** What to install, if it is not there. */
  readonly missing?: string;
  /** Starts it and opens a page. */
  open(): Promise<BrowserPage>;
}
