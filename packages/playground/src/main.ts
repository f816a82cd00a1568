import '@fontsource-variable/noto-sans-kr';
import './app.css';
import { HeadwiseError } from '@headwise/core';
import { mount } from 'svelte';
import App from './App.svelte';

const target = document.getElementById('app');
if (target === null) throw new HeadwiseError('ERR_INTERNAL', 'The page has no #app element.');
mount(App, { target });
