/** A configuration of workerd that serves a bundled worker. */
export function workerdConfiguration(files: readonly string[], port: number): string {
  // The first one is the worker.
  const modules = files
    .toSorted((a, b) => Number(a.endsWith('.wasm')) - Number(b.endsWith('.wasm')))
    .map((name) =>
      name.endsWith('.wasm')
        ? `(name = "${name}", wasm = embed "${name}")`
        : `(name = "${name}", esModule = embed "${name}")`,
    );
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = (modules = [${modules.join(', ')}], compatibilityDate = "2026-11-01")),
    (name = "internet", network = (allow = ["private", "public"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
);
`;
}
