/**
 * Options of a thread of `node:worker_threads`. Threads inherit the flags of the process; with `--input-type`, which is only valid for code on the command line,
 * they would not start.
 */
export function threadOptions(): { execArgv?: string[] } {
  return process.execArgv.some((flag) => flag.startsWith('--input-type')) ? { execArgv: [] } : {};
}
