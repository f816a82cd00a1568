// A copy of the workspace whose sources can be changed while the tests of the original run.
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ts from 'typescript';
import { inRoot } from '../lib/paths.mjs';

const COPIED = ['packages/core', 'packages/kernel-as', 'packages/worker', 'packages/models', 'tools/browser'];

/** Copies the packages, with what is built, and links the installed modules. */
export function copyWorkspace() {
  const root = mkdtempSync(join(tmpdir(), 'headwise-mutate-'));
  for (const path of COPIED) {
    cpSync(inRoot(path), join(root, path), { recursive: true, verbatimSymlinks: true });
  }
  for (const file of readdirSync(inRoot('.'))) {
    if (/\.(json|ts|mjs|yaml)$/.test(file)) cpSync(inRoot(file), join(root, file));
  }
  for (const path of ['node_modules', 'examples', 'docs', 'scripts', 'benchmarks', 'tests']) {
    symlinkSync(inRoot(path), join(root, path));
  }
  return root;
}

/** Files below a folder of the copy, from the copy's root. */
export function filesOf(root, folder, ending) {
  return readdirSync(join(root, folder), { recursive: true })
    .map((file) => `${folder}/${file.replaceAll('\\', '/')}`)
    .filter((file) => file.endsWith(ending) && !file.includes('node_modules'))
    .sort();
}

/** Writes changed text of a source, and what is built from it. Returns the files whose cached modules are stale. */
export function writeSource(root, file, text, build) {
  writeFileSync(join(root, file), text);
  if (build !== 'dist') return [join(root, file)];
  const output = join(root, file.replace('/src/', '/dist/').replace(/\.ts$/, '.js'));
  const { outputText } = ts.transpileModule(text, {
    compilerOptions: {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.ESNext,
      verbatimModuleSyntax: true,
      rewriteRelativeImportExtensions: true,
    },
  });
  writeFileSync(output, outputText);
  return [output];
}

export const readSource = (root, file) => readFileSync(join(root, file), 'utf8');

export function removeWorkspace(root) {
  if (existsSync(root)) rmSync(root, { recursive: true, force: true });
}
