import '@fontsource-variable/noto-sans-kr';
import './app.css';
import { HeadwiseError } from '@headwise/core';
import { mount } from 'svelte';
import App from './app/App.svelte';
import { ROOM_IDS } from './app/rooms.ts';
import { Router } from './app/router.svelte.ts';

const target = document.getElementById('app');
if (target === null) throw new HeadwiseError('ERR_INTERNAL', 'The page has no #app element.');
const router = new Router(ROOM_IDS);
await router.start();
mount(App, { target, props: { router } });

// Opens the page offline from the second visit on. Browsers without service workers, and pages that are not secure, do without.
if (import.meta.env.PROD && 'serviceWorker' in navigator) {
  const worker = new URL('service-worker.js', document.baseURI);
  navigator.serviceWorker.register(worker).catch((error: unknown) => console.info('no offline page:', error));
}
