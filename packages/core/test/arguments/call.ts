import type { Call } from './wrong-arguments.ts';

export type Methods = Readonly<Record<string, (...args: unknown[]) => unknown>>;

/** A function. */
export const c = (name: string, args: unknown[], call: Call['call']): Call => ({ name, args, call });
/** A method of an object. */
export const m = (object: object, name: string, ...args: unknown[]): Call =>
  c(`${object.constructor.name}.${name}`, args, (...wrong) => (object as Methods)[name]!(...wrong));
/** A loader whose model is given back. */
export const disposing =
  (load: (...args: never[]) => Promise<{ dispose(): unknown }>): Call['call'] =>
  async (...args) => {
    const model = await load(...(args as never[]));
    await model.dispose();
  };
