import type { Endpoint } from 'comlink';

/** Called when a port brings what its other end would never send. */
export type OnRubbish = (what: string) => void;

/**
 * A port on which comlink hears nothing but calls of the functions listed. Left alone, it follows any path that it is sent,
 * through functions into their prototypes, and sets, constructs and unpacks on request.
 */
export function guardCalls(port: MessagePort, names: readonly string[], onRubbish: OnRubbish): Endpoint {
  return guard(port, onRubbish, (data) => {
    const { id, type, path, argumentList } = data;
    return (
      typeof id === 'string' &&
      type === 'APPLY' &&
      Array.isArray(path) &&
      path.length === 1 &&
      names.includes(path[0] as string) &&
      Array.isArray(argumentList) &&
      argumentList.every((argument) => isObject(argument) && argument.type === 'RAW')
    );
  });
}

/** A port on which comlink hears nothing but answers to its own calls. */
export function guardAnswers(port: MessagePort, onRubbish: OnRubbish): Endpoint {
  const asked = new Set<unknown>();
  const endpoint = guard(port, onRubbish, ({ id, type, name }) => {
    return asked.delete(id) && (type === 'RAW' || (type === 'HANDLER' && name === 'throw'));
  });
  return {
    ...endpoint,
    postMessage(message, transfer = []) {
      asked.add(message.id);
      port.postMessage(message, transfer);
    },
  };
}

function guard(
  port: MessagePort,
  onRubbish: OnRubbish,
  accepts: (data: Readonly<Record<string, unknown>>) => boolean,
): Endpoint {
  port.addEventListener('messageerror', () => onRubbish('a message that could not be read'));
  return {
    postMessage: (message, transfer = []) => port.postMessage(message, transfer),
    // comlink adds one listener and never takes it away, since it is never told to release.
    addEventListener(_type, listener) {
      port.addEventListener('message', (event) => {
        // What comes through a port has no origin; anything that has one came another way.
        if (event.origin) return;
        if (!isObject(event.data) || !accepts(event.data)) return onRubbish('a message of unknown form');
        if (typeof listener === 'function') listener(event);
        else listener.handleEvent(event);
      });
    },
    removeEventListener() {},
    start: () => port.start(),
  };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
