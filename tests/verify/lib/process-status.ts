import { readFileSync } from 'node:fs';

/** A field of /proc/PID/status in bytes, such as `VmRSS` or `VmHWM`. Linux only. */
export function processStatus(field: string, pid: number | 'self' = 'self'): number {
  const line = readFileSync(`/proc/${pid}/status`, 'utf8').match(new RegExp(`^${field}:\\s*(\\d+) kB$`, 'm'));
  return Number(line?.[1]) * 1024;
}
