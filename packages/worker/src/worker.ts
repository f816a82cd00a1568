import { platform } from '#platform';
import { serveShard } from './shard/serve.ts';

// The script of each worker, which is bundled (scripts/bundle-worker.mjs). The first message carries the ports; later messages to the worker itself
// are ignored.
platform.onStart(serveShard);
