import { EngineStoppedError, isAbort } from '../engine/client.ts';

/** Why a call to the engine failed, as far as the visitor can do something about it. */
export type FailureCause =
  | 'connection'
  | 'missing'
  | 'damaged'
  | 'memory'
  | 'space'
  | 'unsupported'
  | 'policy'
  | 'other';

/** A failure for display: its cause, and the message of the error. */
export interface Failure {
  readonly cause: FailureCause;
  readonly message: string;
}

const REASONS: Readonly<Record<string, FailureCause>> = {
  network: 'connection',
  timeout: 'connection',
  http: 'connection',
  incomplete: 'connection',
  unauthorized: 'missing',
  'not-found': 'missing',
  changed: 'damaged',
  damaged: 'damaged',
  'no-space': 'space',
};

const CODES: Readonly<Record<string, FailureCause>> = {
  ERR_FORMAT: 'damaged',
  ERR_OUT_OF_MEMORY: 'memory',
  ERR_MEMORY_LIMIT: 'memory',
  ERR_UNSUPPORTED_BUILD: 'unsupported',
};

/** The failure that an error reports, by the `reason` and the `code` of the engine's errors. */
export function failureOf(error: unknown): Failure {
  const message = error instanceof Error ? error.message : String(error);
  const { code, reason } = (error ?? {}) as { code?: unknown; reason?: unknown };
  // Browsers have no code for this.
  const isForbidden = /content security policy|blocked by CSP/i.test(message);
  const cause = REASONS[String(reason)] ?? CODES[String(code)] ?? (isForbidden ? 'policy' : 'other');
  return { cause, message };
}

/** Whether something else tells of an error: nothing of what was aborted, and the panel of the model that the engine has stopped. */
export function isHandled(error: unknown): boolean {
  return isAbort(error) || error instanceof EngineStoppedError;
}
