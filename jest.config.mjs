const project = (name, more = {}) => ({
  displayName: name,
  testEnvironment: '<rootDir>/test/support/environment.mjs',
  rootDir: import.meta.dirname,
  roots: ['<rootDir>/test'],
  testMatch: [`<rootDir>/test/${name}/**/*.test.ts`],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/.lab/'],
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/dist/'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
  ...more,
});

/** What measures a healthy target, beside nothing but what it starts itself. */
const ALONE = '<rootDir>/test/truth/healthy.test.ts';
const units = project('unit');
const stagings = ['workflows', 'lab', 'steering', 'truth'].map((name) => project(name));
const others = stagings.map((one) => ({
  ...one,
  testPathIgnorePatterns: [...one.testPathIgnorePatterns, ALONE],
}));
const alone = project('truth', { testMatch: [ALONE] });
// What it takes to start a cluster is made before its first test counts the time.
const kubernetes = project('kubernetes', { globalSetup: '<rootDir>/test/cluster/prepare-for-jest.mjs' });

/** `npm test` runs jest once a part, and says which one it wants; whoever starts jest directly gets all. */
const parts = { units: [units], stagings: others, alone: [alone], kubernetes: [kubernetes] };

/** Jest projects: `npm test -- --selectProjects NAME` runs one. Later ones join this list by name. */
export default {
  projects: parts[process.env.READINESS_JEST_PART] ?? [units, ...stagings, kubernetes],
  testTimeout: 240_000,
  // Stagings mostly wait; each file has one of its own. A cluster of somebody's own is one for all files.
  maxWorkers: process.env.READINESS_TEST_KUBECONFIG ? 1 : 2,
  testSequencer: '<rootDir>/test/support/long-first.mjs',
  reporters: ['default', ['<rootDir>/test/support/totals-reporter.mjs', {}]],
};
