import type { EnvironmentRef, EvidenceFolder } from '../../procedure/plan.js';
import type { RollbackRecord, RunRecord } from '../../procedure/run-record.js';
import type { StepScope } from '../scope.js';

export interface OpenEvidenceInput {
  readonly environment: EnvironmentRef;
  readonly runId: string;
  readonly startedAt: string;
  readonly tag: string;
}
export interface SealEvidenceOutput {
  /** The run that sealed, as Temporal knows it: recorded, so that after a reset it tells the former life from the new one. */
  readonly runId: string;
  /** SHA-256 of the manifest, hex: it changes when any byte of the folder changes. */
  readonly digest: string;
  readonly files: number;
}
export interface EvidenceActivities {
  /** Makes the folder of seed §3.2; taken by another run: `-<first 8 of run id>`. The same run gets the same folder again. */
  openEvidence(input: OpenEvidenceInput): Promise<EvidenceFolder>;
  /** Writes everything derived from the record (run.json, delta, SUMMARY.md …) and then the manifest over every file. */
  sealEvidence(input: StepScope & { readonly record: RunRecord }): Promise<SealEvidenceOutput>;
  /** For a run that is gone (terminated, timed out): puts its rollback and outcome into the last record and seals again. */
  sealRollback(input: StepScope & { readonly rollback: RollbackRecord }): Promise<SealEvidenceOutput>;
}
