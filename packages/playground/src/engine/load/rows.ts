/** What tells one version of a file from another: its size, and its ETag or else its time. */
export interface FileVersion {
  readonly size: number;
  readonly validator: string;
}

/** The version of a file of `size` bytes of which a response is; undefined if it says too little. */
export function fileVersion({ headers }: Response, size: number): FileVersion | undefined {
  const validator = headers.get('etag') ?? headers.get('last-modified');
  return validator === null ? undefined : { size, validator };
}

/** A table of bytes in a file on a server. */
export interface RemoteTable {
  readonly url: string;
  readonly version: FileVersion;
  /** Where the table begins in the file. */
  readonly start: number;
  /** Bytes of a row. */
  readonly width: number;
  readonly signal: AbortSignal;
}

/** Bytes between two rows up to which they are requested together. */
const GAP = 8192;
/** Texts that need more requests wait for the whole table. */
const MAX_REQUESTS = 40;

/** Some rows of a table, by range requests; undefined if they are too many, or if the server does not answer with parts of the same file. */
export async function requestRows(
  ids: readonly number[],
  table: RemoteTable,
): Promise<ReadonlyMap<number, Uint8Array> | undefined> {
  const runs = runsOf(ids, GAP / table.width);
  if (runs.length > MAX_REQUESTS) return undefined;
  const parts = await Promise.all(runs.map((run) => requestRun(run, table)));
  const rows = new Map<number, Uint8Array>();
  for (const [i, part] of parts.entries()) {
    if (!part) return undefined;
    for (const id of runs[i]!) {
      const at = (id - runs[i]![0]!) * table.width;
      rows.set(id, part.subarray(at, at + table.width));
    }
  }
  return rows;
}

/** Sorted ids in groups that are requested together. */
function runsOf(ids: readonly number[], gap: number): number[][] {
  const runs: number[][] = [];
  for (const id of [...ids].sort((a, b) => a - b)) {
    const last = runs.at(-1);
    if (last && id - last.at(-1)! <= gap) last.push(id);
    else runs.push([id]);
  }
  return runs;
}

async function requestRun(
  run: readonly number[],
  { url, version, start, width, signal }: RemoteTable,
): Promise<Uint8Array | undefined> {
  const [from, to] = [start + run[0]! * width, start + (run.at(-1)! + 1) * width];
  const controller = new AbortController();
  try {
    const response = await fetch(url, {
      headers: { range: `bytes=${from}-${to - 1}` },
      signal: AbortSignal.any([signal, controller.signal]),
      cache: 'no-store',
    });
    const range = `bytes ${from}-${to - 1}/${version.size}`;
    const isPart = response.status === 206 && response.headers.get('content-range') === range;
    if (isPart && fileVersion(response, version.size)?.validator === version.validator)
      return new Uint8Array(await response.arrayBuffer());
    // A server without ranges sends the whole file again.
    controller.abort();
    return undefined;
  } catch (error) {
    signal.throwIfAborted();
    // The download of the whole file tells of a connection that is lost.
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}
