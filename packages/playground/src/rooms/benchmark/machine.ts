import type { Machine } from '@headwise/benchmarks/page';

/** What a page can learn of the machine that it runs on. */
export interface PageMachine extends Machine {
  /** Whether it runs on its battery; undefined where browsers do not say. */
  readonly onBattery: boolean | undefined;
}

/** The battery of Chromium's `navigator.getBattery`. */
interface Battery extends EventTarget {
  readonly charging: boolean;
}

/** Browsers by what they write in `navigator.userAgent`. Those built on others come first. */
const BROWSERS: ReadonlyArray<readonly [pattern: RegExp, name: string]> = [
  [/Edg\/([\d.]+)/, 'Edge'],
  [/OPR\/([\d.]+)/, 'Opera'],
  [/(?:Headless)?Chrom(?:e|ium)\/([\d.]+)/, 'Chromium'],
  [/Firefox\/([\d.]+)/, 'Firefox'],
  [/Version\/([\d.]+).*Safari/, 'Safari'],
];

/** The browser and its system, such as `Chromium 147.0 (Linux x86_64)`. */
export function runtimeOf(userAgent: string): string {
  const [, system = 'unknown system'] = /\(([^)]*)\)/.exec(userAgent) ?? [];
  for (const [pattern, name] of BROWSERS) {
    const [, version] = pattern.exec(userAgent) ?? [];
    if (version !== undefined) return `${name} ${version.split('.').slice(0, 2).join('.')} (${system})`;
  }
  return `unknown browser (${system})`;
}

/** The battery, where a browser tells of it. */
async function batteryOf(): Promise<Battery | undefined> {
  const { getBattery } = navigator as { getBattery?: () => Promise<Battery> };
  return getBattery?.call(navigator);
}

/** Describes the machine, as the benchmarks' reports do. Pages are not told the name of the processor. */
export async function describeMachine(): Promise<PageMachine> {
  const { deviceMemory } = navigator as { deviceMemory?: number };
  const battery = await batteryOf();
  return {
    cpu: 'not told to pages',
    cores: navigator.hardwareConcurrency,
    // Rounded by the browser, in GiB.
    memoryBytes: deviceMemory === undefined ? null : deviceMemory * 2 ** 30,
    runtime: runtimeOf(navigator.userAgent),
    date: new Date().toISOString(),
    onBattery: battery && !battery.charging,
  };
}

/** Why a run that was measured, or was being measured, says nothing. */
export type VoidReason = 'hidden' | 'battery' | 'pace';

/** Calls `onvoid` when the tab is hidden, or the machine goes on or off its battery; the result ends that. */
export function watchConditions(onvoid: (reason: VoidReason) => void): () => void {
  const onVisibility = (): void => {
    if (document.hidden) onvoid('hidden');
  };
  const onCharging = (): void => onvoid('battery');
  let battery: Battery | undefined;
  let isOver = false;
  document.addEventListener('visibilitychange', onVisibility);
  void batteryOf().then((found) => {
    if (isOver) return;
    battery = found;
    battery?.addEventListener('chargingchange', onCharging);
  });
  onVisibility();
  return () => {
    isOver = true;
    document.removeEventListener('visibilitychange', onVisibility);
    battery?.removeEventListener('chargingchange', onCharging);
  };
}
