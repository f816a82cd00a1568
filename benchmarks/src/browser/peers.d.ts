declare module '#peers' {
  const modules: unknown;
  export = modules;
}
