/** Folder of the packages that `npm run verify -- <name>` has installed for a script of that name. */
export function installed(name: string): URL {
  return new URL(`../../models/${name}/node_modules/`, import.meta.url);
}

/** The default way of importing a package from there, which the workspace does not know. */
export function importInstalled(name: string, module: string): Promise<unknown> {
  return import(new URL(module, installed(name)).href);
}
