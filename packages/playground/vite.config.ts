import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';
import { ENGINE_CHUNK, firstExhibit } from './plugins/first-exhibit.ts';
import { fonts } from './plugins/fonts.ts';
import { licences } from './plugins/licences.ts';
import { modelFiles } from './plugins/model-files.ts';
import { offline } from './plugins/offline.ts';
import { peers } from './plugins/peers.ts';
import { POLICY } from './plugins/policy.ts';
import { staticPage } from './plugins/static-page.ts';

export default defineConfig({
  // The page works under any path of a host.
  base: './',
  // A missing file gives 404, as on a static host, not the page itself.
  appType: 'mpa',
  plugins: [svelte(), fonts(), modelFiles(), licences(), peers(), offline(), staticPage()],
  worker: {
    format: 'es',
    plugins: () => [firstExhibit()],
    rolldownOptions: {
      output: {
        entryFileNames: 'assets/engine/[name]-[hash].js',
        chunkFileNames: 'assets/engine/[name]-[hash].js',
        codeSplitting: { groups: [ENGINE_CHUNK] },
      },
    },
  },
  preview: { headers: { 'content-security-policy': POLICY } },
  build: {
    target: 'es2022',
    // No inlined assets: a strict content security policy refuses data: URLs.
    assetsInlineLimit: 0,
  },
});
