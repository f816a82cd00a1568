import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { shellLines } from '../../../docs/test/lib/markdown.ts';
import { installTarballs, temporaryDirectory } from '../../test/lib/project.ts';

const root = new URL('../../../../', import.meta.url);

/** Module to import before others (`node --import`), which answers for the hub. */
export const preload: string = new URL('examples/lib/installed-weights.ts', root).href;

export const readPage = (path: string): string => readFileSync(new URL(path, root), 'utf8');

const catalog = readPage('pnpm-workspace.yaml');

/** The version of the catalog. */
function versionOf(name: string): string {
  const [, version] = new RegExp(`^  "?${name}"?: (\\S+)$`, 'm').exec(catalog) ?? [];
  if (version === undefined) throw new Error(`pnpm-workspace.yaml has no version of ${name}`);
  return version;
}

/** Packages that a page's commands install: what `npm install` names, and `npx` runs. */
function packagesOf(page: string): string[] {
  const names = shellLines(page).flatMap((line) => {
    const [, installed = ''] = /^npm install (.+)$/.exec(line) ?? [];
    const [, run = ''] = /^npx (@headwise\/\S+)/.exec(line) ?? [];
    return `${installed} ${run}`.split(' ').filter(Boolean);
  });
  return [...new Set(names)];
}

/** An empty folder in which nothing is installed but what a page says, Headwise's packages from their tarballs. */
export async function newcomer(page: string) {
  const project = await temporaryDirectory();
  const packages = packagesOf(page);
  const dependencies = Object.fromEntries(
    packages
      .filter((name) => !name.startsWith('@headwise/'))
      .map((name) => {
        const [, plain = name, version = versionOf(plain)] = /^(.+?)(?:@([^@/]+))?$/.exec(name) ?? [];
        return [plain, version];
      }),
  );
  const manifest = { name: 'app', private: true, type: 'module', dependencies };
  writeFileSync(join(project.path, 'package.json'), JSON.stringify(manifest));
  await installTarballs(
    project.path,
    packages.filter((name) => name.startsWith('@headwise/')),
  );
  return project;
}
