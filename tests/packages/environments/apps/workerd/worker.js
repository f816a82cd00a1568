// Cloudflare's runtime: it compiles no WebAssembly while it runs, and has no workers of its own.
import { loadCausalLM, loadEncoder } from '@headwise/core';
import { embed, generate } from './loaders.js';

const tasks = {
  embed: (input) => embed(loadEncoder, input),
  generate: (input) => generate(loadCausalLM, input),
};

export default {
  async fetch(request) {
    if (request.method !== 'POST') return new Response('ready');
    try {
      const task = new URL(request.url).pathname.slice(1);
      return Response.json({ result: await tasks[task](await request.json()) });
    } catch (error) {
      return Response.json({ error: `${error}\n${error.stack}` }, { status: 500 });
    }
  },
};
