import { capture, run } from './process.mjs';

/** Runs turbo with the terminal handed through. Resolves to its exit code. */
export const turbo = (args) => run('turbo', args);

/**
 * Builds the packages that a turbo filter names and says nothing when that works: the command that follows owns the
 * terminal. What turbo wrote comes out when a build fails.
 */
export async function build(filter) {
  const { code, output } = await capture('turbo', ['run', 'build', `--filter=${filter}`]);
  if (code === 0) return;
  process.stderr.write(output);
  throw new Error('the build failed, see above');
}
