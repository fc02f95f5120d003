/** Everything that a worker can execute; the only `workflowsPath`. */
export { readinessRun } from './readiness-run.js';
export { environmentGuardian } from './guardian.js';
export { soak } from './soak.js';
export { targetWatch } from './watch.js';
export { sweep } from './sweep.js';
export { rollback } from './rollback.js';
export { preflight } from './preflight.js';
export { targetLog } from './target-log.js';
