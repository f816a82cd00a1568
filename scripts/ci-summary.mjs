// Last step of a CI run: adds up the test reports of all packages and the failed checks, prints the totals as the last line
// and sets the exit code. Arguments: number of other checks that failed, exit code of `npm test`.
import { summarise } from './lib/test-summary.mjs';

const [otherFailures, testsExitCode] = process.argv.slice(2).map(Number);
const { passed, failed, text } = summarise({ all: true });
// A run without failed tests but with an exit code (e.g. a failed build) counts as one failure.
const total = failed + otherFailures + (testsExitCode !== 0 && failed === 0 ? 1 : 0);

console.log(text.split('\n').slice(0, -1).join('\n').trim());
if (otherFailures > 0) console.log(`${otherFailures} checks other than the tests failed, see above`);
console.log(`${passed} passed, ${total} failed`);
process.exitCode = total === 0 ? 0 : 1;
