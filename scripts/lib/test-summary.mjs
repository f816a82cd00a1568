import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { workspacePackages } from './workspace.mjs';

// Where vitest.shared.ts has every package's run leave its report.
const reportOf = (directory) => join(directory, 'node_modules', '.cache', 'vitest-report.json');

const testedPackages = () =>
  workspacePackages().filter(({ manifest }) => manifest.scripts?.test !== undefined);

/** Deletes the reports of earlier runs, so that a package which crashes cannot be counted by its last good run. */
export function discardReports() {
  for (const { directory } of testedPackages()) rmSync(reportOf(directory), { force: true });
}

/**
 * What one package's report counts.
 *
 * @param report vitest's JSON report, or undefined when the run ended without one, which is a failure
 * @returns {{ passed: number, failed: number }}
 */
export function tally(report) {
  if (report === undefined) return { passed: 0, failed: 1 };
  // A file that fails while it loads has no tests to count, but it is a failure all the same.
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
 * Adds up the reports of all packages. With `all`, a package that left none counts as one failure.
 *
 * @returns {{ passed: number, failed: number, text: string }} the sums, and a table that ends with them
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
    const note = report === undefined ? ' (ended without a report)' : '';
    lines.push(`${manifest.name.padEnd(26)} ${counts.passed} passed, ${counts.failed} failed${note}`);
  }
  lines.push(`${passed} passed, ${failed} failed`);
  return { passed, failed, text: lines.join('\n') };
}
