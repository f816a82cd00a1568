export { FleetError, type FleetReason } from './errors.ts';
export type {
  FleetOptions,
  FleetProgress,
  FleetSettings,
  FleetTask,
  VerifyOptions,
  WorkOptions,
} from './options.ts';
export type { FleetFile, FleetManifest, FleetShard } from './output/manifest.ts';
export type { VerifyReport } from './output/verify.ts';
export { runFleet } from './run.ts';
export { fleetStatus, verifyFleet } from './status.ts';
export { workFleet } from './work.ts';
