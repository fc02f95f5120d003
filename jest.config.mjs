const project = (name) => ({
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
});

/** Jest projects: `npm test -- --selectProjects NAME` runs one. Later ones join this list by name. */
export default {
  projects: [project('unit'), project('workflows'), project('lab'), project('steering'), project('truth')],
  testTimeout: 240_000,
  // Stagings mostly wait; each file has one of its own.
  maxWorkers: 2,
  reporters: ['default', ['<rootDir>/test/support/totals-reporter.mjs', {}]],
};
