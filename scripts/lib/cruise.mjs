import { inRoot } from './paths.mjs';
import { capture } from './process.mjs';

/** The sources whose imports are checked. */
export const SOURCES = [
  'packages',
  'benchmarks',
  'demo',
  'examples',
  'experiments',
  'tests',
  'tools',
  'scripts',
];

/**
 * Runs dependency-cruiser with the configuration of a folder.
 *
 * @returns {Promise<{ code: number, output: string }>}
 */
export function cruise({ cwd = inRoot(), paths = SOURCES } = {}) {
  return capture('depcruise', ['--config', '.dependency-cruiser.mjs', '--output-type', 'err', ...paths], {
    cwd,
  });
}
