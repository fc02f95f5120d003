import type { Client } from '@temporalio/client';
import { createApiActivities } from '../activities/api/api-activities.js';
import type { Activities } from '../activities/contract.js';
import { createEvidenceActivities } from '../activities/evidence/evidence-activities.js';
import { createLeaseActivities } from '../activities/lease/lease-activities.js';
import { createEnvironmentLoader } from '../environment/load.js';

/** Everything that activities hold open, with the one owner that closes it. */
export interface WiredActivities {
  readonly activities: Activities;
  close(): Promise<void>;
}

export type Wiring = { readonly client: Client; readonly environments: string };
void createApiActivities;
void createEvidenceActivities;
void createLeaseActivities;
void createEnvironmentLoader;
