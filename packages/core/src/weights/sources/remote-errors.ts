import { LoadError } from '../../errors.ts';
import type { CacheMode } from '../../platform/cache.ts';
import { addressOf, errorDetails, type RemoteFile } from './request.ts';

export function absentError(file: RemoteFile, mode: CacheMode): LoadError {
  const why =
    mode === 'only'
      ? "it is not in the cache (cache: 'only')"
      : 'the server did not have it when it was asked last';
  return new LoadError(
    'not-found',
    `${file.name}: not found at ${addressOf(file)}: ${why}`,
    errorDetails(file),
  );
}

export function changedError(file: RemoteFile): LoadError {
  const message = `${file.name}: ${addressOf(file)} changed while it was downloaded; load it again`;
  return new LoadError('changed', message, errorDetails(file));
}

export function damagedError(file: RemoteFile, cause?: unknown): LoadError {
  const message = `${file.name}: the copy of ${addressOf(file)} in the cache is damaged and was deleted; load it again with the server in reach`;
  return new LoadError('damaged', message, errorDetails(file, { cause }));
}

/**
 * S3 and CloudFront answer 403 for a file that does not exist, unless the reader may list the bucket. Where another file could be read, it
 * counts as absent.
 */
export function isForbidden(error: unknown): error is LoadError {
  return error instanceof LoadError && error.reason === 'unauthorized' && error.status === 403;
}

export function withHint(error: unknown, hint: string | undefined): unknown {
  const isUnknown =
    error instanceof LoadError && ['not-found', 'unauthorized', 'network', 'timeout'].includes(error.reason);
  if (!isUnknown || hint === undefined) return error;
  return new LoadError(error.reason, `${error.message}; ${hint}`, { ...error, cause: error });
}

export function hiddenError(file: RemoteFile, cause: LoadError): LoadError {
  const message = `${file.name}: not found at ${addressOf(file)}, or it may not be read (HTTP 403)`;
  return new LoadError('not-found', message, errorDetails(file, { status: 403, cause }));
}
