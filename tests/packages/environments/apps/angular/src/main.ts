// Angular's builder is esbuild, which does not write workers of packages.
import { Component, provideZonelessChangeDetection } from '@angular/core';
import { bootstrapApplication } from '@angular/platform-browser';
import { workerUrl } from '@headwise/worker/inline';
import { tasks } from '../tasks.js';

type Run = (task: string, input: object) => Promise<unknown>;

@Component({ selector: 'app-root', template: '<p>Ready</p>' })
class App {
  constructor() {
    const run: Run = (task, input) =>
      (tasks as Record<string, (input: object) => Promise<unknown>>)[task]!(
        task.endsWith('Workers') ? { ...input, options: { workerUrl } } : input,
      );
    Object.assign(window, { run });
  }
}

bootstrapApplication(App, { providers: [provideZonelessChangeDetection()] });
