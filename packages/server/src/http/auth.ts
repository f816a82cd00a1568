import { createHash, timingSafeEqual } from 'node:crypto';
import { RequestError } from '../errors.ts';

/**
 * A check of the header `Authorization`, which throws `RequestError` (401) unless it has one of the keys. Hashes are compared, in constant time and with all
 * keys, so that the time tells nothing about a key, nor its length.
 */
export function keyCheck(keys: readonly string[]): (authorization: string | undefined) => void {
  const known = keys.map(hashOf);
  return (authorization) => {
    const [, given] = /^Bearer +(\S+) *$/i.exec(authorization ?? '') ?? [];
    const hash = hashOf(given ?? '');
    const matches = known.reduce((count, key) => count + Number(timingSafeEqual(key, hash)), 0);
    if (given !== undefined && matches > 0) return;
    const message =
      given === undefined
        ? 'this service needs a key: send the header Authorization: Bearer KEY'
        : 'the key of this request is not one of the service';
    throw new RequestError(401, message, { apiCode: 'invalid_api_key' });
  };
}

function hashOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
