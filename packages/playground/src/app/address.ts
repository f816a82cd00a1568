/** An address within the page: `#/room/part?key=value`. */
export interface Address {
  /** '' for the first room. */
  readonly room: string;
  readonly part: string;
  /** Values as they are printed, by key. */
  readonly query: ReadonlyMap<string, string>;
}

/** Values of more characters are compressed. */
const LONG = 1500;
/** Begins a compressed value. */
const COMPRESSED = 'z:';

/** The address in `location.hash`. What is not percent-encoded as it should be is left out, and its keys are returned in `broken`. */
export function parseAddress(hash: string): {
  readonly address: Address;
  readonly broken: readonly string[];
} {
  const [path = '', search = ''] = splitAt(hash.replace(/^#?\/?/, ''), '?');
  const broken: string[] = [];
  const query = new Map<string, string>();
  for (const pair of search.split('&').filter((text) => text !== '')) {
    const [key = '', value = ''] = splitAt(pair, '=');
    const text = decoded(value);
    if (text === undefined) broken.push(key);
    else query.set(key, text);
  }
  const [room = '', part = ''] = splitAt(path, '/').map((text) => decoded(text) ?? '');
  return { address: { room, part, query }, broken };
}

/** The hash of an address. Commas, colons and other marks that URLs allow stay readable. */
export function printAddress({ room, part, query }: Address): string {
  const path = [room, part].filter((text) => text !== '').map(encoded);
  const pairs = [...query].map(([key, value]) => `${key}=${encoded(value)}`);
  return `#/${path.join('/')}${pairs.length > 0 ? `?${pairs.join('&')}` : ''}`;
}

/** The address with long values compressed: `z:` and base64url of the deflated bytes. */
export async function shorten(address: Address): Promise<Address> {
  return withValues(address, async (value) =>
    value.length > LONG || value.startsWith(COMPRESSED)
      ? COMPRESSED + toBase64Url(await throughStream(encode(value), new CompressionStream('deflate-raw')))
      : value,
  );
}

/** The reverse of {@link shorten}. A value that cannot be restored becomes '' and its key is returned in `broken`. */
export async function expand(
  address: Address,
): Promise<{ readonly address: Address; readonly broken: readonly string[] }> {
  const broken: string[] = [];
  const expanded = await withValues(address, async (value, key) => {
    if (!value.startsWith(COMPRESSED)) return value;
    try {
      const bytes = fromBase64Url(value.slice(COMPRESSED.length));
      const text = await throughStream(bytes, new DecompressionStream('deflate-raw'));
      return new TextDecoder('utf-8', { fatal: true }).decode(text);
    } catch {
      broken.push(key);
      return undefined;
    }
  });
  return { address: expanded, broken };
}

/** Whether {@link expand} has something to do. */
export function isShortened({ query }: Address): boolean {
  return [...query.values()].some((value) => value.startsWith(COMPRESSED));
}

async function withValues(
  address: Address,
  change: (value: string, key: string) => Promise<string | undefined>,
): Promise<Address> {
  const query = new Map<string, string>();
  for (const [key, value] of address.query) {
    const changed = await change(value, key);
    if (changed !== undefined) query.set(key, changed);
  }
  return { ...address, query };
}

function splitAt(text: string, mark: string): string[] {
  const at = text.indexOf(mark);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

function encoded(text: string): string {
  return encodeURIComponent(text).replace(/%(?:2C|3A|2F|40|24)/g, decodeURIComponent);
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

const encode = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);

/** A link may be from anywhere: what it expands to is limited. */
const MAX_EXPANDED = 1_000_000;

async function throughStream(
  bytes: Uint8Array<ArrayBuffer>,
  stream: CompressionStream | DecompressionStream,
): Promise<Uint8Array<ArrayBuffer>> {
  const reader = new Blob([bytes]).stream().pipeThrough(stream).getReader();
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    size += part.value.length;
    if (size > MAX_EXPANDED) throw new RangeError(`more than ${MAX_EXPANDED} bytes`);
    parts.push(part.value);
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}

function toBase64Url(bytes: Uint8Array): string {
  const text = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
  return text.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

function fromBase64Url(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}
