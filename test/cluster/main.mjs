#!/usr/bin/env node
// A test cluster by hand: node test/cluster/main.mjs start|stop|prepare|image FILE
import { register } from 'node:module';

register('./typescript-hooks.mjs', import.meta.url);
const { main } = await import('./main.ts');
process.exitCode = await main(process.argv.slice(2));
