import type { EnvironmentRef } from '../../procedure/plan.js';
import type { StepScope } from '../scope.js';

export interface NotifyInput {
  readonly environment: EnvironmentRef;
  readonly severity: 'INFO' | 'LOW' | 'MEDIUM' | 'HIGH' | 'CRITICAL';
  readonly title: string;
  readonly text: string;
  /** The same key is the same message: sent once. */
  readonly key: string;
}
export interface PublishStepOutput {
  readonly status: 'done' | 'not-configured' | 'failed';
  readonly detail: string;
}
export interface PublishActivities {
  notify(input: NotifyInput): Promise<PublishStepOutput>;
  /** Puts the block of seed §8.3 into the tracker file; found by the run's folder name, so a repetition adds nothing. */
  updateTracker(input: StepScope & { readonly block: string }): Promise<PublishStepOutput>;
  /** Commits the evidence folder to its repository; nothing to commit is `done`. */
  commitEvidence(input: StepScope & { readonly message: string }): Promise<PublishStepOutput>;
}
