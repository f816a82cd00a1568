import { capture, run } from './process.mjs';

/** Runs turbo with inherited stdio. Resolves to its exit code. */
export const turbo = (args) => run('turbo', args);

/**
 * Builds the packages of turbo filters, without output on success: stdout belongs to the command that follows.
 *
 * @throws Error when a build fails, after writing turbo's output to stderr
 */
export async function build(...filters) {
  const { code, output } = await capture('turbo', [
    'run',
    'build',
    ...filters.map((filter) => `--filter=${filter}`),
  ]);
  if (code === 0) return;
  process.stderr.write(output);
  throw new Error('the build failed, see above');
}
