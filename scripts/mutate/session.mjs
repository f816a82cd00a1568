import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inRoot } from '../lib/paths.mjs';
import { Helper } from './helper.mjs';
import { copyWorkspace, removeWorkspace } from './workspace.mjs';

/** A copy of the workspace, the processes that run its tests, and what they found. */
export class Session {
  root = copyWorkspace();
  /** By the id of the mutant: `status`, and the test file that noticed it. */
  results = new Map();
  cache = inRoot('node_modules', '.cache', 'headwise-mutate');
  #helpers = new Map();

  constructor() {
    mkdirSync(this.cache, { recursive: true });
  }

  /** A process of a script for a package, started on first use. */
  helper(script, path) {
    const key = `${script} ${path}`;
    if (!this.#helpers.has(key)) this.#helpers.set(key, new Helper(script, join(this.root, path)));
    return this.#helpers.get(key);
  }

  /** Files have changed: all processes load them again. */
  forget(files) {
    for (const helper of this.#helpers.values()) helper.forget(files);
  }

  record({ id, file, line }, status, by) {
    if (this.results.has(id)) return;
    this.results.set(id, { status, by });
    console.log(`${this.results.size} ${status} by ${by}: ${file}:${line} ${id.split('#')[1]}`);
    writeFileSync(join(this.cache, 'progress.json'), JSON.stringify([...this.results], null, 1));
  }

  end() {
    for (const helper of this.#helpers.values()) helper.end();
    removeWorkspace(this.root);
  }
}
