import type { Plugin } from 'vite';

/** The worker's modules that the first exhibit runs, those of the job, of its model's loader and of its tokenizer, as paths end. */
const ROOTS = [
  'playground/src/engine/host.worker.ts',
  'playground/src/engine/jobs/learn-translate.ts',
  'playground/src/engine/load/recurrent-seq2seq.ts',
  'core/dist/load/load-recurrent-seq2seq.js',
  'core/dist/text/unigram-components.js',
];
/** They only re-export, and lead to all of core: what the first exhibit needs of them is among the roots. */
const ENTRIES = /core\/dist\/(?:index|internal|nn)\.js$/;
const LIBRARIES = /(?:core|kernel-as)\/dist\//;

const modules = new Set<string>();

/** Finds the modules of core and of the kernel that the first exhibit needs. */
export function firstExhibit(): Plugin {
  return {
    name: 'headwise:first-exhibit',
    apply: 'build',
    buildEnd() {
      const ids = [...this.getModuleIds()].map((id) => ({ id, path: id.replaceAll('\\', '/') }));
      // Other workers have none of them.
      if (!ids.some(({ path }) => path.endsWith(ROOTS[0]!))) return;
      for (const root of ROOTS) {
        const found = ids.find(({ path }) => path.endsWith(root));
        if (!found) this.error(`the engine's worker has no module ${root}, which the first exhibit needed`);
        modules.add(found.id);
      }
      for (const id of modules) {
        if (ENTRIES.test(id.replaceAll('\\', '/'))) continue;
        for (const imported of this.getModuleInfo(id)?.importedIds ?? []) modules.add(imported);
      }
    },
  };
}

const isNeeded = (id: string): boolean => modules.has(id) && LIBRARIES.test(id.replaceAll('\\', '/'));

/** One file of what the first exhibit needs, most of which the other models need too: many small files cost a request each, and compress less. */
export const ENGINE_CHUNK = { name: 'engine', test: isNeeded };
