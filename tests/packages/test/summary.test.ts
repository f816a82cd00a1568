import { expect, test } from 'vitest';
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
