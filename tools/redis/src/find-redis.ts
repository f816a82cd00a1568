import { existsSync } from 'node:fs';

const INSTALL_PATHS = [
  '/usr/bin/redis-server',
  '/usr/local/bin/redis-server',
  '/opt/homebrew/bin/redis-server',
  '/usr/bin/valkey-server',
];

/**
 * Finds a Redis: REDIS_SERVER_PATH, else an installed one. Without one, tests that need it are left out, with a message; in continuous integration (CI is set) that is
 * a failure.
 *
 * @returns undefined if there is none
 * @throws Error when REDIS_SERVER_PATH does not exist, and in continuous integration when there is none
 */
export function findRedis(): string | undefined {
  const path = process.env.REDIS_SERVER_PATH;
  if (path) {
    if (existsSync(path)) return path;
    throw new Error(`REDIS_SERVER_PATH is ${path}, which does not exist`);
  }
  const installed = INSTALL_PATHS.find((candidate) => existsSync(candidate));
  if (installed) return installed;
  const message =
    'no Redis found: install redis-server 6.2 or newer (Debian: apt-get install redis-server), or set REDIS_SERVER_PATH';
  if (process.env.CI) throw new Error(message);
  console.error(`\n!! ${message}\n!! The tests over Redis are left out.\n`);
  return undefined;
}
