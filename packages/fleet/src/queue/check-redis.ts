import { Redis } from 'ioredis';
import { FleetError } from '../errors.ts';

/** Milliseconds after which a Redis that does not answer counts as out of reach. */
const CONNECT_TIMEOUT = 10_000;
const MIN_VERSION = [6, 2] as const;

/** Connects once, without trying again. Rejects with `FleetError` if there is no Redis under the URL, or one that cannot be the queue. */
export async function checkRedis(url: string): Promise<void> {
  const client = new Redis(url, {
    lazyConnect: true,
    retryStrategy: () => null,
    connectTimeout: CONNECT_TIMEOUT,
    commandTimeout: CONNECT_TIMEOUT,
  });
  // What is wrong is told by the event, not by the rejection.
  let reason: Error | undefined;
  client.on('error', (error: Error) => {
    reason ??= error;
  });
  try {
    await client.connect();
    const problem = problemOf(await client.info());
    // A reason may be the number of a database that is not there: another would be used.
    if (problem === undefined && !reason) return;
    throw redisError(url, reason ?? new Error(problem));
  } catch (error) {
    if (error instanceof FleetError) throw error;
    throw redisError(url, reason ?? (error as Error));
  } finally {
    client.disconnect();
  }
}

/** Why a Redis cannot be the queue, by what it says of itself. */
function problemOf(info: string): string | undefined {
  const [, version = '0'] = /redis_version:(\S+)/.exec(info) ?? [];
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major < MIN_VERSION[0] || (major === MIN_VERSION[0] && minor < MIN_VERSION[1]))
    return `it is Redis ${version}, and ${MIN_VERSION.join('.')} or newer is needed`;
  if (/redis_mode:cluster/.test(info)) return 'it is a cluster, and the queue needs a single Redis';
  if (/role:slave/.test(info))
    return 'it is a replica, which cannot be written to; use the address of its primary';
  return undefined;
}

/** What to do, by what Redis or the connection says. */
const ADVICE: readonly (readonly [message: RegExp, advice: string | ((url: URL) => string)])[] = [
  [/^NOAUTH/, 'it needs a password: redis://:PASSWORD@host or redis://USER:PASSWORD@host'],
  [/^WRONGPASS/, 'the user or the password of the URL is wrong'],
  [
    /^NOPERM/,
    'the user of the URL needs all commands that BullMQ uses, INFO among them, on keys headwise-fleet:*',
  ],
  [/^OOM/, 'it is full: raise its maxmemory, or use larger shards'],
  [/^(?:READONLY|MASTERDOWN)/, 'it is a replica; use the address of its primary'],
  [/certificate/, 'if Node does not know its authority: NODE_EXTRA_CA_CERTS=FILE'],
  [
    /ECONNRESET|ETIMEDOUT|Connection is closed|wrong version number|RESP type/,
    ({ protocol }) =>
      protocol === 'redis:'
        ? 'is it a Redis, and without TLS? One with TLS has a URL with rediss://'
        : 'does it speak TLS? One without has a URL with redis://',
  ],
];

/** The error of a Redis that cannot be used, with what to do. */
export function redisError(url: string, cause: Error): FleetError {
  const parsed = new URL(url);
  const { message } = cause;
  const [, advice] = ADVICE.find(([pattern]) => pattern.test(message)) ?? [];
  const help = typeof advice === 'function' ? advice(parsed) : advice;
  return new FleetError(
    'queue',
    // Without the password.
    `fleet: cannot use the Redis at ${parsed.protocol}//${parsed.host}: ${message}${help ? ` (${help})` : ''}`,
    { cause },
  );
}
