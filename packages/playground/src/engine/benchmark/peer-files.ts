import { PEERS, type PeerId } from './contenders.ts';

/** An engine of others that the page's host has. */
export interface PeerFile {
  readonly version: string;
  /** Size of what is fetched to measure it. */
  readonly bytes: number;
}

/** What `peers/peers.json` says. */
export type PeerFiles = Readonly<Partial<Record<PeerId, PeerFile>>>;

/** Asks which peers the page's host has; none if it does not say. */
export async function fetchPeerFiles(folder: string): Promise<PeerFiles> {
  try {
    const response = await fetch(new URL('peers.json', folder));
    return response.ok ? readPeerFiles(await response.json()) : {};
  } catch {
    return {};
  }
}

/** The peers in a value that was read from `peers.json`. */
export function readPeerFiles(value: unknown): PeerFiles {
  const files = (value ?? {}) as Readonly<Record<string, Partial<PeerFile> | undefined>>;
  const known = PEERS.flatMap((id) => {
    const { version, bytes } = files[id] ?? {};
    return typeof version === 'string' && typeof bytes === 'number'
      ? [[id, { version, bytes }] as const]
      : [];
  });
  return Object.fromEntries(known);
}
