import { onStart } from './platform/thread.ts';
import { serveShard } from './shard/serve.ts';

// The script of each worker, which scripts/bundle.mjs makes one file. The first message carries the ports; later messages to the worker itself are ignored.
onStart(serveShard);
