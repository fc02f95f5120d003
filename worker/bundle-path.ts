import { fileURLToPath } from 'node:url';

/** Where the build leaves the packed workflow code: beside the compiled project, also when called from its sources. */
export const BUNDLE_PATH = fileURLToPath(
  import.meta.url.includes('/dist/')
    ? new URL('../workflow-bundle.js', import.meta.url)
    : new URL('../dist/workflow-bundle.js', import.meta.url),
);
