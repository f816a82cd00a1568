import { expect, test } from 'vitest';
import { environmentTable } from '../../../scripts/lib/environment-table.mjs';
import { tally } from '../../../scripts/lib/test-summary.mjs';

const file = (...statuses: string[]) => ({
  status: statuses.every((status) => status === 'passed') ? 'passed' : 'failed',
  assertionResults: statuses.map((status) => ({ status })),
});
const report = (...testResults: ReturnType<typeof file>[]) => {
  const all = testResults.flatMap(({ assertionResults }) => assertionResults);
  return {
    success: testResults.every(({ status }) => status === 'passed'),
    numPassedTests: all.filter(({ status }) => status === 'passed').length,
    numFailedTests: all.filter(({ status }) => status === 'failed').length,
    testResults,
  };
};

test('tally counts the passed and failed tests of a report', () => {
  expect(tally(report(file('passed', 'passed'), file('passed', 'failed')))).toEqual({ passed: 3, failed: 1 });
});

test('tally counts a file that fails to load as one failure', () => {
  expect(tally(report(file('passed'), { status: 'failed', assertionResults: [] }))).toEqual({
    passed: 1,
    failed: 1,
  });
});

test('tally counts one failure for an unsuccessful run without failed tests and for a missing report', () => {
  expect(tally({ ...report(file('passed')), success: false })).toEqual({ passed: 1, failed: 1 });
  expect(tally(undefined)).toEqual({ passed: 0, failed: 1 });
});

test('environmentTable has a row for each environment, also for one that is not there, and a list of the other tests', () => {
  const cell = (name: string, column: string, status: string, missing?: string) => ({
    ancestorTitles: [name],
    title: column,
    status,
    duration: 1500,
    meta: { environment: { name, version: missing ? '' : '1.2', column, missing } },
  });
  const other = { ancestorTitles: ['an app'], title: 'is told the line', status: 'failed', meta: {} };
  const assertionResults = [
    cell('Node', 'embeds', 'passed'),
    cell('Node', 'same bits', 'failed'),
    cell('Deno', 'embeds', 'pending'),
    cell('WebKit', 'embeds', 'skipped', 'its driver'),
    other,
  ];
  expect(environmentTable({ testResults: [{ assertionResults }] })).toBe(`\
| environment | version | embeds | same bits | seconds |
| --- | --- | --- | --- | ---: |
| Node | 1.2 | yes | FAILED | 3.0 |
| WebKit | not there: its driver | – | – | – |

- an app is told the line: FAILED`);
});
