import type { EnvironmentRef, EvidenceFolder } from '../procedure/plan.js';

/** Given to every step: which environment, and where its evidence goes. */
export interface StepScope {
  readonly environment: EnvironmentRef;
  readonly evidence: EvidenceFolder;
  /** The tag in the names of the run's rows. */
  readonly tag: string;
}
