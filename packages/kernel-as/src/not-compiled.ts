import { HeadwiseError } from './errors.ts';

/**
 * The error for a module that could not be compiled. Where the environment forbids it, that says what to add; every other is the `cause` unchanged, such as
 * that for a lack of memory.
 */
export function notCompiled(cause: unknown): unknown {
  // The bytes are valid: engines refuse them by these two classes for the policy of a page or a runtime alone.
  if (!(cause instanceof WebAssembly.CompileError || cause instanceof EvalError)) return cause;
  return new HeadwiseError(
    'ERR_ENVIRONMENT',
    `kernel: WebAssembly may not be compiled here (${cause.message}). ${remedy()} (docs/environments.md)`,
    { cause },
  );
}

function remedy(): string {
  const { location } = globalThis as { location?: { protocol: string } };
  if (!location) {
    return (
      'This runtime takes modules that are compiled in advance: bundle for the condition workerd, for example ' +
      'esbuild --bundle --format=esm --conditions=workerd,worker,browser --loader:.wasm=copy'
    );
  }
  return location.protocol.endsWith('-extension:')
    ? `Add to manifest.json: "content_security_policy": { "extension_pages": "script-src 'self' 'wasm-unsafe-eval'; object-src 'self'" }`
    : "Add 'wasm-unsafe-eval' to script-src of the page's content security policy";
}
