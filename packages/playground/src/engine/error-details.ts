import { HeadwiseError } from '@headwise/core';
import { type TransferHandler, transferHandlers } from 'comlink';

/** What comlink does not send of an error: it keeps the name, the message and the stack. */
export interface ErrorDetails {
  /** Of a `HeadwiseError`. */
  readonly code?: string;
  /** Of a `LoadError`. */
  readonly reason?: string;
}

interface Thrown {
  readonly value: unknown;
}
interface Serialized {
  readonly base: unknown;
  readonly details: ErrorDetails;
}

function detailsOf(error: unknown): ErrorDetails {
  if (!(error instanceof HeadwiseError)) return {};
  const { code } = error;
  return 'reason' in error && typeof error.reason === 'string' ? { code, reason: error.reason } : { code };
}

/** Makes comlink send {@link ErrorDetails} with errors. Both threads call it before they exchange messages. */
export function sendErrorDetails(): void {
  const base = transferHandlers.get('throw') as TransferHandler<Thrown, unknown>;
  const handler: TransferHandler<Thrown, Serialized> = {
    canHandle: (value): value is Thrown => base.canHandle(value),
    serialize(thrown) {
      const [value, transfer] = base.serialize(thrown);
      return [{ base: value, details: detailsOf(thrown.value) }, transfer];
    },
    // It throws, as comlink's own does.
    deserialize({ base: value, details }): never {
      try {
        base.deserialize(value);
      } catch (error) {
        if (error instanceof Error) Object.assign(error, details);
        throw error;
      }
      throw new HeadwiseError('ERR_ENGINE_STOPPED', 'The engine rejected without an error.');
    },
  };
  transferHandlers.set('throw', handler);
}
