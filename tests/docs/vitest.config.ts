import { defineConfig } from 'vitest/config';
import { sharedTest } from '../../vitest.shared.ts';

export default defineConfig({ test: { ...sharedTest, testTimeout: 120_000, hookTimeout: 120_000 } });
