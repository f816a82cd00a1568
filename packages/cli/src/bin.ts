#!/usr/bin/env node
import { run } from './run.ts';

const interrupt = new AbortController();
const stop = () => {
  // The next signal has its usual effect: it ends the process.
  process.off('SIGINT', stop).off('SIGTERM', stop);
  interrupt.abort();
};
process.on('SIGINT', stop).on('SIGTERM', stop);
process.exitCode = await run(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  error: (text) => process.stderr.write(text),
  signal: interrupt.signal,
});
