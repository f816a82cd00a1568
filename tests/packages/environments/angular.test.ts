import { join } from 'node:path';
import { runCommand } from '../test/lib/run-command.ts';
import { testEnvironment } from './lib/environment.ts';
import { openFolder } from './lib/page.ts';

const angular = '22.2.6';
const tools = '22.2.7';

testEnvironment('Angular', {
  version: angular,
  app: 'angular',
  dependencies: {
    '@angular/build': tools,
    '@angular/cli': tools,
    '@angular/common': angular,
    '@angular/compiler': angular,
    '@angular/compiler-cli': angular,
    '@angular/core': angular,
    '@angular/platform-browser': angular,
    rxjs: '7.8.2',
    tslib: '2.8.1',
    typescript: '6.0.3',
  },
  async start({ path }) {
    await runCommand(path, 'pnpm', ['exec', 'ng', 'build']);
    return openFolder(join(path, 'dist', 'browser'));
  },
});
