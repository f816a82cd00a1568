import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inRoot } from '../lib/paths.mjs';
import { Helper } from './helper.mjs';
import { copyWorkspace, removeWorkspace } from './workspace.mjs';

/** A copy of the workspace, the processes that run its tests, and what they found. */
export class Session {
  root = copyWorkspace();
  /** By the id of the mutant: `status`, and the test file that noticed it. */
  results = new Map();
  /** What is found is kept there; runs of different rooms do not share it. */
  cache;
  #helpers = new Map();

  /** Test files that are run; undefined for all. */
  tests;

  /** The test file that killed each mutant in the last run, by the id of the mutant. */
  killers = new Map();

  constructor(rooms, tests) {
    this.tests = tests;
    this.cache = inRoot('node_modules', '.cache', 'headwise-mutate', rooms.join('-'));
    mkdirSync(this.cache, { recursive: true });
  }

  /** Takes over what an interrupted run found about these mutants. */
  resume(ids) {
    const path = join(this.cache, 'progress.json');
    const found = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : [];
    for (const [id, result] of found) if (ids.has(id)) this.results.set(id, result);
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
    console.log(`${this.results.size} ${status} by ${by}: ${file}:${line} ${id.slice(id.indexOf('#') + 1)}`);
    writeFileSync(join(this.cache, 'progress.json'), JSON.stringify([...this.results], null, 1));
  }

  end() {
    for (const helper of this.#helpers.values()) helper.end();
    removeWorkspace(this.root);
  }
}
