import { workFleet } from '../src/index.ts';

// A process of redis.test.ts: `work.ts REDIS`.
const stop = new AbortController();
process.once('SIGTERM', () => stop.abort());
await workFleet({ redis: process.argv[2]!, lockDuration: 500, signal: stop.signal });
