import 'headwise:fonts.css';
import './app.css';
import { HeadwiseError } from '@headwise/core';
import { mount } from 'svelte';
import App from './app/App.svelte';
import { ROOM_IDS } from './app/room.ts';
import { Router } from './app/router.svelte.ts';

const target = document.getElementById('app');
if (target === null) throw new HeadwiseError('ERR_INTERNAL', 'The page has no #app element.');
const router = new Router(ROOM_IDS);
await router.start();
mount(App, { target, props: { router } });
