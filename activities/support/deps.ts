import type { Client } from '@temporalio/client';
import type { LoadedEnvironment, SecretRef } from '../../environment/settings.js';

/**
 * What activities are made with. Nothing is global: the worker's composition root makes one and closes it.
 */
export interface ActivityDeps {
  /**
   * Loads environments/<name>.yaml; throws EnvironmentProblem (terminal) with all problems. With `digest`, also when the
   * file's content is not the one that the run was planned with.
   */
  readonly loadEnvironment: (name: string, digest?: string) => Promise<LoadedEnvironment>;
  /** Resolves a reference to its secret; the value may never leave the activity. Throws EnvironmentProblem naming the reference. */
  readonly resolveSecret: (ref: SecretRef) => Promise<string>;
  /** The worker's own connection to Temporal, for lease, guardian and history. */
  readonly client: Client;
}
