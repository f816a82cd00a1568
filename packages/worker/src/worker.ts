import { onStart } from './platform/thread.ts';
import { serveShard } from './shard/serve.ts';

// The script of each worker. The first message carries the ports; later messages to the worker itself are ignored.
onStart(serveShard);
