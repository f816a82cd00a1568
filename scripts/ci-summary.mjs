// Ends a CI run: sums up the test reports of all packages, adds the other checks that failed, and says so in the last
// line and in the exit code. Arguments: how many other checks failed, and the exit code of `npm test`.
import { summarise } from './lib/test-summary.mjs';

const [otherFailures, testsExitCode] = process.argv.slice(2).map(Number);
const { passed, failed, text } = summarise({ all: true });
// Tests that stopped before any package could report (a build that fails, say) are a failure too.
const total = failed + otherFailures + (testsExitCode !== 0 && failed === 0 ? 1 : 0);

console.log(text.split('\n').slice(0, -1).join('\n').trim());
if (otherFailures > 0) console.log(`${otherFailures} of the checks outside the tests failed, see above`);
console.log(`${passed} passed, ${total} failed`);
process.exitCode = total === 0 ? 0 : 1;
