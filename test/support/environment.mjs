import { TestEnvironment } from 'jest-environment-node';

/**
 * Jest runs tests in a realm of their own, in which an error of Node itself is no `instanceof Error`. The product runs
 * in one realm, so its tests get Node's own Error.
 */
export default class OneRealmEnvironment extends TestEnvironment {
  async setup() {
    await super.setup();
    this.global.Error = Error;
  }
}
