// A service worker with the packages' modules, which a bundler splits at each import().
import { loadCausalLM, loadEncoder } from '@headwise/core';
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
    (error) => port.postMessage({ error: String(error) }),
  ),
);
