import { expose } from 'comlink';
import { sendErrorDetails } from './error-details.ts';
import { Host, type JobHost } from './host.ts';

// The page passes the address of its models in the name of the worker: the worker's own URL is that of a bundled file.
const models = self.name;
const host = new Host({ locate: (id) => new URL(`${id}/`, models) });

// An object without prototype: messages can call only this method.
const api: JobHost = Object.assign(Object.create(null) as object, {
  run: host.run.bind(host),
} satisfies JobHost);

sendErrorDetails();
expose(api);
