import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { workspacePackages } from './workspace.mjs';

// The report path set in vitest.shared.ts.
const reportOf = (directory) => join(directory, 'node_modules', '.cache', 'vitest-report.json');

const testedPackages = () =>
  workspacePackages().filter(({ manifest }) => manifest.scripts?.test !== undefined);

/** Deletes the reports of earlier runs, so that a run that crashes is not counted by an old report. */
export function discardReports() {
  for (const { directory } of testedPackages()) rmSync(reportOf(directory), { force: true });
}

/**
 * Counts the passed and failed tests of one package.
 *
 * @param report vitest's JSON report; undefined when the run wrote none, which counts as one failure
 * @returns {{ passed: number, failed: number }}
 */
export function tally(report) {
  if (report === undefined) return { passed: 0, failed: 1 };
  // A file that fails to load has no test results; it counts as one failure.
  const brokenFiles = report.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  ).length;
  const failed = report.numFailedTests + brokenFiles;
  return { passed: report.numPassedTests, failed: failed === 0 && !report.success ? 1 : failed };
}

function readReport(directory) {
  if (!existsSync(reportOf(directory))) return undefined;
  return JSON.parse(readFileSync(reportOf(directory), 'utf8'));
}

/**
 * Adds up the reports of all packages. With `all`, a package without a report counts as one failure.
 *
 * @returns {{ passed: number, failed: number, text: string }} totals, and a table with the totals in the last line
 */
export function summarise({ all }) {
  let passed = 0;
  let failed = 0;
  const lines = [''];
  for (const { directory, manifest } of testedPackages()) {
    const report = readReport(directory);
    if (report === undefined && !all) continue;
    const counts = tally(report);
    passed += counts.passed;
    failed += counts.failed;
    const note = report === undefined ? ' (no report)' : '';
    lines.push(`${manifest.name.padEnd(26)} ${counts.passed} passed, ${counts.failed} failed${note}`);
  }
  lines.push(`${passed} passed, ${failed} failed`);
  return { passed, failed, text: lines.join('\n') };
}
