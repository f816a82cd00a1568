// Runs the benchmark in a page, with the same cases, backends and timing as in Node.
import { enableWideSimd } from '@headwise/core/wide-simd';
import { selectCases } from '../cases/select.ts';
import type { PhaseJob } from '../node/messages.ts';
import type { Row } from '../row.ts';
import { runPhase } from '../run/phase.ts';
import { raceOptions } from '../run/settings.ts';
import { browserPlatform } from './platform.ts';

declare global {
  /** Runs a job. Called by the process that opened the page. */
  var headwiseRun: (job: Omit<PhaseJob, 'kind' | 'expected'>) => Promise<void>;
  /** Exposed by that process. */
  var headwiseRow: (row: Row) => Promise<void>;
  var headwiseProgress: (message: string) => Promise<void>;
}

globalThis.headwiseRun = async ({ suite, filter, backends, threads, quick, headlines }) => {
  // False without V8's flag.
  await enableWideSimd();
  await runPhase({
    platform: browserPlatform,
    cases: selectCases({
      suites: [suite],
      quick,
      headlines,
      threads,
      filter: filter === undefined ? undefined : new RegExp(filter, 'i'),
    }),
    threads,
    backends,
    expected: new Map(),
    race: raceOptions('browser', quick, threads),
    onRow: (row) => void globalThis.headwiseRow(row),
    onProgress: (message) => void globalThis.headwiseProgress(message),
  });
};
