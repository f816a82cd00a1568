import type { Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { RequestError } from '../errors.ts';
import { isAllowed } from './origins.ts';

/** Refuses larger bodies (413), naming the option that sets the limit. */
export function limitTo(option: string, maxSize: number) {
  return bodyLimit({
    maxSize,
    onError: () => {
      throw new RequestError(413, `the body has more than ${maxSize} bytes, which is the limit (${option})`, {
        apiCode: 'request_too_large',
      });
    },
  });
}

/** A type of its own makes a browser ask before another site's page may send a request. */
export async function readJson(context: Context): Promise<unknown> {
  if (!/^application\/json\b/i.test(context.req.header('content-type') ?? '')) {
    throw new RequestError(415, 'the header content-type must be application/json', {
      apiCode: 'unsupported_media_type',
    });
  }
  try {
    return await context.req.json();
  } catch (cause) {
    throw new RequestError(400, `the body is not JSON: ${(cause as Error).message}`, {
      apiCode: 'invalid_json',
      cause,
    });
  }
}

/**
 * Reads a form with a file: fields that end with [] are lists. Of other sites' pages nothing is read but of those that are allowed, as browsers ask nobody before
 * they send a form.
 */
export function readForm(allowedOrigins: readonly string[]): (context: Context) => Promise<unknown> {
  return async (context) => {
    const site = context.req.header('sec-fetch-site');
    const isOwn = site === undefined || site === 'same-origin' || site === 'none';
    if (!isOwn && !isAllowed(allowedOrigins, context.req.header('origin'))) {
      throw new RequestError(403, "other sites' pages may not send forms", { apiCode: 'cross_site' });
    }
    if (!/^multipart\/form-data\b/i.test(context.req.header('content-type') ?? '')) {
      throw new RequestError(415, 'the header content-type must be multipart/form-data', {
        apiCode: 'unsupported_media_type',
      });
    }
    let form: FormData;
    try {
      form = await context.req.formData();
    } catch (cause) {
      throw new RequestError(400, `the body is not a form: ${(cause as Error).message}`, {
        apiCode: 'invalid_form',
        cause,
      });
    }
    return Object.fromEntries(
      [...new Set(form.keys())].map((name) => {
        const values = form.getAll(name);
        const isList = name.endsWith('[]');
        return [isList ? name.slice(0, -2) : name, isList || values.length > 1 ? values : values[0]];
      }),
    );
  };
}
