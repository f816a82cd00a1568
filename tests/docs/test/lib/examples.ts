import { execFile } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import ts from 'typescript';
import { codeBlocks } from './markdown.ts';
import type { Page } from './pages.ts';

/** A block of TypeScript in the documentation that stands on its own. */
export interface Example {
  /** Where it is: page and line. */
  readonly name: string;
  /** The file that it was written to. */
  readonly file: string;
  /** What it says that it prints: the comments after `console.log(…);`, in order. */
  readonly prints: readonly string[];
}

// Inside of this package, so that it finds the workspace's packages; git ignores the folder.
const folder = fileURLToPath(new URL('../../dist/examples/', import.meta.url));
const preload = new URL('./preload.ts', import.meta.url).href;

/** Writes the examples of the pages into files. A block that imports nothing goes on from the block before it. */
export function writeExamples(pages: readonly Page[]): Example[] {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  return pages.flatMap(({ path, text }) => {
    let before = '';
    const blocks = codeBlocks(text).filter(({ language }) => language === 'ts');
    return blocks.map(({ code, line }) => {
      const source = /^import /m.test(code) ? code : `${before}\n${code}`;
      before = source;
      const file = join(folder, `${path.replace(/\W+/g, '-')}-${line}.ts`);
      writeFileSync(file, `${source}\n`);
      const prints = [...source.matchAll(/^\s*console\.log\(.*\); \/\/ (.+)$/gm)].map(([, said]) => said!);
      return { name: `${path}:${line}`, file, prints };
    });
  });
}

/** What TypeScript, as strict as it gets, has to say about the examples. */
export function typeErrors(examples: readonly Example[]): string[] {
  const configFile = fileURLToPath(new URL('../../tsconfig.json', import.meta.url));
  const config = ts.getParsedCommandLineOfConfigFile(configFile, undefined, {
    ...ts.sys,
    onUnRecoverableConfigFileDiagnostic: ({ messageText }) => {
      throw new Error(ts.flattenDiagnosticMessageText(messageText, '\n'));
    },
  })!;
  const files = examples.map(({ file }) => file);
  const program = ts.createProgram(files, { ...config.options, noUnusedLocals: false });
  return ts.getPreEmitDiagnostics(program).map(({ file, messageText, start }) => {
    const name = examples.find((example) => example.file === file?.fileName)?.name ?? file?.fileName;
    const at = file && start !== undefined ? file.text.slice(start, start + 40).split('\n')[0] : '';
    return `${name}: ${ts.flattenDiagnosticMessageText(messageText, '\n')} (at ${at})`;
  });
}

/** Runs an example against the built packages. The hub and example.com are a folder of real weights. */
export async function runExample({ file }: Example): Promise<string[]> {
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', preload, file], {
    cwd: folder,
  });
  return stdout.split('\n').filter((line) => line !== '');
}
