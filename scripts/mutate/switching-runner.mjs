// Runs a test file once without a mutant, then once for each mutant that it reaches, in the same process: modules are loaded once. Used by
// Vitest in place of its runner (`test.runner`).
import { appendFileSync, existsSync, readFileSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { TestRunner } from 'vitest';

const vitestFile = realpathSync(createRequire(import.meta.url).resolve('vitest/package.json'));
const { startTests } = await import(pathToFileURL(createRequire(vitestFile).resolve('@vitest/runner')).href);

const none = { active: -1, reached: new Set(), calls: 0, deadline: Infinity };
const stateOf = () => globalThis.__headwiseMutants?.state ?? none;

export default class SwitchingRunner extends TestRunner {
  #started = 0;
  #atImport = new Set();

  onBeforeRunFiles(files) {
    this.#started = performance.now();
    const { reached } = stateOf();
    this.#atImport = new Set(reached);
    reached.clear();
    return super.onBeforeRunFiles?.(files);
  }

  async onAfterRunFiles(files) {
    const { HEADWISE_JOB: path, HEADWISE_REACHED: threads } = process.env;
    if (path && !failureOf(files))
      await this.#runMutants(JSON.parse(readFileSync(path, 'utf8')), files, threads);
    return super.onAfterRunFiles?.(files);
  }

  async #runMutants({ open, done }, [{ filepath }], threads) {
    const report = (line) => appendFileSync(done, `${JSON.stringify(line)}\n`);
    const usual = performance.now() - this.#started;
    const inThisThread = new Set(stateOf().reached);
    const reached = new Set(inThisThread);
    const lines = existsSync(threads) ? readFileSync(threads, 'utf8').split('\n').filter(Boolean) : [];
    for (const index of lines.map(Number)) if (!this.#atImport.has(index)) reached.add(index);
    report({ reached: open.filter((index) => reached.has(index)).length, milliseconds: usual });
    // Kills since the last run that passed: they count once a run passes again, else what one of them left behind may be the reason.
    const doubtful = [];
    const settle = (kind) => {
      for (const killed of doubtful.splice(0)) report({ ...killed, [kind]: true });
    };
    for (const index of open) {
      if (!reached.has(index)) {
        if (this.#atImport.has(index)) report({ index, atImport: true });
        continue;
      }
      report({ index, starts: true, limit: limitOf(usual) });
      const failure = await this.#run(filepath, index, usual);
      if (failure) {
        doubtful.push({ index, failure });
        report({ index, ends: true });
      } else {
        settle('killed');
        // What modules keep is not computed again: the mutant needs a new process.
        const isKept = inThisThread.has(index) && stateOf().calls === 0;
        report({ index, passed: true, ...(isKept && { atImport: true }) });
      }
      if (doubtful.length < 8) continue;
      if (await this.#run(filepath, -1, usual)) break;
      settle('killed');
    }
    if (doubtful.length > 0) settle((await this.#run(filepath, -1, usual)) ? 'unsure' : 'killed');
    report({ complete: true });
  }

  /** Runs the file again. Returns why it failed, or undefined. */
  async #run(filepath, index, usual) {
    const state = stateOf();
    Object.assign(state, { active: index, calls: 0, deadline: performance.now() + limitOf(usual) / 2 });
    process.env.HEADWISE_MUTANT = String(index);
    let failed = false;
    const runner = Object.create(this, {
      onTaskUpdate: { value: () => {} },
      onCollected: { value: () => {} },
      onBeforeRunFiles: { value: () => {} },
      onAfterRunFiles: { value: () => {} },
      onBeforeRunTask: {
        value: (test) => {
          if (failed) test.mode = 'skip';
          return super.onBeforeRunTask(test);
        },
      },
      onAfterRunTask: {
        value: (test) => {
          if (test.result?.state === 'fail') failed = true;
        },
      },
    });
    try {
      return failureOf(await startTests([{ filepath, testLocations: undefined }], runner));
    } catch (error) {
      return String(error);
    } finally {
      Object.assign(state, { active: -1, deadline: Infinity });
      delete process.env.HEADWISE_MUTANT;
    }
  }

  /** Tests and their helpers are loaded again, so that what they compute once is computed again. */
  importFile(filepath, source) {
    const modules = this.workerState.evaluatedModules;
    for (const [id, module] of modules.idToModuleMap) {
      if (/\/test\/|\.test\.ts/.test(id) && !id.includes('node_modules')) modules.invalidateModule(module);
    }
    return super.importFile(filepath, source);
  }
}

const limitOf = (usual) => Math.max(15_000, 3 * usual);

function failureOf(files) {
  for (const file of files) {
    if (file.result?.state !== 'fail') continue;
    const first = (task) => {
      if (task.type === 'test') return task.result?.state === 'fail' ? task.name : undefined;
      for (const child of task.tasks) {
        const name = first(child);
        if (name) return name;
      }
      return undefined;
    };
    return first(file) ?? file.result.errors?.[0]?.message ?? 'a suite failed';
  }
  return undefined;
}
