// `npm run lint` holds the imports to the order in architecture.mjs and refuses circles, those of type imports included.

import { packages, rooms } from './architecture.mjs';
import { importRules } from './scripts/lib/import-rules.mjs';

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'no-circular',
      comment: 'files that import each other cannot be read, tested or moved one by one',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    ...importRules(packages, rooms),
  ],
  options: {
    tsPreCompilationDeps: true,
    doNotFollow: { path: ['node_modules', '/dist/'] },
    exclude: { path: ['\\.test\\.ts$', '/test/', '/generated/', '\\.d\\.ts$', 'node_modules/(?!@headwise)'] },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default'],
      extensions: ['.ts', '.mjs', '.js'],
    },
  },
};
