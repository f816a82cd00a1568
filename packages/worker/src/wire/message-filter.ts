import type { Endpoint } from 'comlink';
import { onMessage } from '../platform/thread.ts';

/** Called with a description of each message that violates the protocol. */
export type OnProtocolError = (description: string) => void;

/**
 * A comlink endpoint that accepts only calls of the functions in `names`. comlink alone follows any property path in a message, including
 * into prototypes, and sets, constructs and deserializes on request.
 */
export function filterCalls(
  port: MessagePort,
  names: readonly string[],
  onProtocolError: OnProtocolError,
): Endpoint {
  return filterMessages(port, onProtocolError, (data) => {
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

/** A comlink endpoint that accepts only responses to its own calls. */
export function filterResponses(port: MessagePort, onProtocolError: OnProtocolError): Endpoint {
  const pendingIds = new Set<unknown>();
  const endpoint = filterMessages(port, onProtocolError, ({ id, type, name }) => {
    return pendingIds.delete(id) && (type === 'RAW' || (type === 'HANDLER' && name === 'throw'));
  });
  return {
    ...endpoint,
    postMessage(message, transfer = []) {
      pendingIds.add(message.id);
      port.postMessage(message, transfer);
    },
  };
}

function filterMessages(
  port: MessagePort,
  onProtocolError: OnProtocolError,
  accepts: (data: Readonly<Record<string, unknown>>) => boolean,
): Endpoint {
  port.addEventListener('messageerror', () => onProtocolError('a message that could not be deserialized'));
  return {
    postMessage: (message, transfer = []) => port.postMessage(message, transfer),
    // comlink adds one listener, and removes it only when a proxy is released: after its port was closed.
    addEventListener(_type, listener) {
      onMessage(port, (data) => {
        if (!isObject(data) || !accepts(data)) return onProtocolError('a message of unknown form');
        // comlink reads nothing else of an event.
        const event = { data } as unknown as Event;
        if (typeof listener === 'function') listener(event);
        else listener.handleEvent(event);
      });
    },
    removeEventListener() {},
  };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
