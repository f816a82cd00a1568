// Writes the pages to `dist`: `build.mjs [base]`. `npm run docs:site` installs what it needs, adds the API reference, and checks the links.
import { fileURLToPath } from 'node:url';
import { build } from 'vitepress';
import { writePages } from './write-pages.mjs';

const [base = '/'] = process.argv.slice(2);
writePages();
await build(fileURLToPath(new URL('.', import.meta.url)), { base });
