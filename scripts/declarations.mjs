// Makes the declarations in `dist` readable without `lib: dom` and for TypeScript 5.4. Runs in the package's folder, after the compiler.
import { globSync, readFileSync, writeFileSync } from 'node:fs';

/**
 * Types of browsers and of Node that the packages' declarations name. Where the program has them, as with `lib: dom` or @types/node, an empty
 * interface adds nothing to them.
 */
const GLOBALS = `// Types of the platform, for programs that have neither \`lib: dom\` nor @types/node.
declare global {
  interface AbortSignal {}
  interface Blob {}
  interface FileSystemDirectoryHandle {}
  interface MessagePort {}
  interface ReadableStream<R = any> {}
  interface RequestInit {}
  interface Response {}
  interface SymbolConstructor {
    readonly dispose: unique symbol;
    readonly asyncDispose: unique symbol;
  }
  interface URL {}
  namespace WebAssembly {
    interface Instance {}
    interface Memory {}
    interface Module {}
  }
}
export {};
`;

writeFileSync('dist/globals.d.ts', GLOBALS);
const { exports } = JSON.parse(readFileSync('package.json', 'utf8'));
const entries = new Set(Object.values(exports).flatMap(({ types }) => types ?? []));
for (const file of globSync('dist/**/*.d.ts')) {
  const text = readFileSync(file, 'utf8');
  // The same type; before TypeScript 5.7 arrays have no parameter for their buffers.
  let declarations = text.replaceAll('Uint8Array<ArrayBuffer>', 'ReturnType<typeof Uint8Array.from>');
  if (entries.has(`./${file.replaceAll('\\', '/')}`) && !file.includes('bundle'))
    declarations = `/// <reference path="./globals.d.ts" />\n${declarations}`;
  if (declarations !== text) writeFileSync(file, declarations);
}
