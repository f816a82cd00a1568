// Writes src/generated/list.ts: every model in `models`, with a URL for each file. Bundlers only find URLs that are written out.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MODEL_TYPES } from '@headwise/core';
import { describeModel, MODELS, modelNames } from './models.mjs';

const generated = fileURLToPath(new URL('../src/generated/', import.meta.url));

const entries = modelNames().map((name) => {
  const { info, files } = describeModel(join(MODELS, name), MODEL_TYPES);
  const urls = files.map(
    (file) =>
      `      ${JSON.stringify(file)}: new URL(${JSON.stringify(`../../models/${name}/${file}`)}, import.meta.url),`,
  );
  const values = Object.entries({ name, ...info }).map(
    ([key, value]) => `    ${key}: ${JSON.stringify(value)},`,
  );
  return ['  {', ...values, '    files: {', ...urls, '    },', '  },'].join('\n');
});

mkdirSync(generated, { recursive: true });
writeFileSync(
  join(generated, 'list.ts'),
  [
    '// Written by scripts/list-models.mjs.',
    "import type { StoredModel } from '../model.ts';",
    '',
    'export const list: readonly StoredModel[] = [',
    ...entries,
    '];',
    '',
  ].join('\n'),
);
