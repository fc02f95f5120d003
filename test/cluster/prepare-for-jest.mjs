// Jest's set-up before the first test on a cluster: fills the cache, which takes minutes on a fresh machine.
import { register } from 'node:module';

export default async function prepare() {
  register('./typescript-hooks.mjs', import.meta.url);
  const { prepareForTests } = await import('./prepare-for-tests.ts');
  await prepareForTests();
}
