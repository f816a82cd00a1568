/** Why files that the visitor opened are no model that the room can show, as far as something can be done about it. */
export type FileProblem = 'missing' | 'damaged' | 'unsupported' | 'memory' | 'other';

const CODES: Readonly<Record<string, FileProblem>> = {
  ERR_FORMAT: 'damaged',
  ERR_CONFIG: 'unsupported',
  ERR_OUT_OF_MEMORY: 'memory',
  ERR_MEMORY_LIMIT: 'memory',
};

/** The problem that an error of core's loaders reports, by its `reason` and its `code`. */
export function fileProblemOf(error: unknown): FileProblem {
  const { code, reason } = (error ?? {}) as { code?: unknown; reason?: unknown };
  if (reason === 'not-found') return 'missing';
  return CODES[String(code)] ?? 'other';
}
