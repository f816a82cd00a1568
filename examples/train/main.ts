// Trains a model as a configuration file says: `npm run train -- CONFIG.json`. Ctrl-C ends the run after the current step with a checkpoint; the
// same command continues it.

import { HeadwiseError } from '@headwise/core';
import { ProgressOutput } from './progress.ts';
import { trainByConfig } from './run.ts';

const USAGE = 'usage: npm run train -- CONFIG.json';

const [path, ...others] = process.argv.slice(2);
if (path === undefined || path.startsWith('-') || others.length > 0) {
  console.error(USAGE);
  process.exitCode = path === '--help' ? 0 : 2;
} else {
  try {
    await trainByConfig(path, new ProgressOutput(process.stdout));
  } catch (error) {
    if (!(error instanceof HeadwiseError)) throw error;
    console.error(`headwise: ${error.message} (${error.code})`);
    process.exitCode = 1;
  }
}
