// A service worker computes for its pages. It can neither import() nor start workers.
import { loadCausalLM, loadEncoder } from '@headwise/core/bundle';
import { embed, generate } from './loaders.js';

const tasks = {
  embed: (input) => embed(loadEncoder, input),
  generate: (input) => generate(loadCausalLM, input),
};

self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));
self.addEventListener('message', ({ data: { task, input }, ports: [port] }) =>
  tasks[task](input).then(
    (result) => port.postMessage({ result }),
    (error) => port.postMessage({ error: String(error.stack) }),
  ),
);
