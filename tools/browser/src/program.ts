/** A Chromium that can be started: its executable, and what its environment needs beyond this process's own. */
export interface BrowserProgram {
  executablePath: string;
  env: Readonly<Record<string, string>>;
}
