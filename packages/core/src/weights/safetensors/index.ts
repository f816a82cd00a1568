export { parseSafetensors, readSafetensorsHeader } from './checked.ts';
export { SafetensorsCheckpoint } from './checkpoint.ts';
export type { SafetensorsHeader } from './header.ts';
export type { SafetensorsRule } from './rules.ts';
export type { SafetensorsTensor } from './tensor.ts';
export { writeSafetensors } from './write.ts';
