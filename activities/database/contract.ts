import type { PrivilegeCapture } from '../../procedure/failure-simulation.js';
import type { CopyObservation, DatabaseObservation, Side } from '../../procedure/observations.js';
import type { EnvironmentRef } from '../../procedure/plan.js';
import type { RowAudit } from '../../procedure/row-audit.js';
import type { StepScope } from '../scope.js';
import type { ChangeAuthority } from '../targets/contract.js';

export interface FreeGamesInput {
  readonly environment: EnvironmentRef;
  /** How many free (owner, game) pairs are needed. */
  readonly count: number;
}
export interface FreeGamesOutput {
  /** Game ids at which the test user owns no team; mapped games first. Shorter than asked when there are not enough. */
  readonly gameIds: readonly number[];
}
export interface CompareCopiesInput extends StepScope {
  readonly observationId: string;
  readonly side: Side;
  readonly write: CopyObservation['write'];
  readonly teamIds: readonly number[];
  /** Compare at once and again after the lag budget while anything differs. */
  readonly lagBudgetMs: number;
}
export interface SeedQueriesInput extends StepScope {
  /** File name part: `before`, `after`, `soak-0001`. */
  readonly label: string;
  readonly observationId: string;
  /** Also all teams of both models beside each other. */
  readonly audit?: AuditInput;
}
export interface AuditInput {
  readonly side: 'baseline' | 'after';
  /** A difference that was not there at the baseline is read again when this has passed. */
  readonly lagBudgetMs: number;
  /** When the flag was on in every serving process, ISO 8601; `null` = it is off. */
  readonly flagOnSince: string | null;
  /** What the baseline found; `null` at the baseline itself, or when it found nothing out. */
  readonly baseline: RowAudit | null;
}
export interface CleanupRowsInput extends StepScope {
  readonly tag: string;
  readonly startedAt: string;
  /** Teams that the run recorded. What is found under the tag must be exactly these (or fewer, when cleaned before). */
  readonly teamIds: readonly number[];
  /** Nothing but the team of this name, and what hangs from it. */
  readonly onlyTeam?: string;
}
export interface CleanupRowsOutput {
  readonly status: 'deleted' | 'nothing-to-delete' | 'refused';
  /** Rows by table; on `refused` what was found and left alone. */
  readonly counts: Readonly<Record<string, number>>;
  readonly reason: string | null;
}
export interface RevokePrivilegeInput {
  readonly environment: EnvironmentRef;
  readonly capture: PrivilegeCapture;
  readonly authority: ChangeAuthority;
}
export interface DatabaseActivities {
  findFreeGames(input: FreeGamesInput): Promise<FreeGamesOutput>;
  /** Compares the new rows of the teams with their legacy twins; every difference goes to the evidence. */
  compareCopies(input: CompareCopiesInput): Promise<CopyObservation>;
  /** The three queries of seed §5.3, verbatim and corrected, each with its result or exact error; and our own counts. */
  runSeedQueries(input: SeedQueriesInput): Promise<DatabaseObservation>;
  /** seed §11.1 in one transaction: only rows of this run, counts checked against the record, else ROLLBACK. */
  cleanupRows(input: CleanupRowsInput): Promise<CleanupRowsOutput>;
}

/** What the failure simulation does as the role of `database.adminUrl`. */
export interface PrivilegeActivities {
  /** The right that the failure simulation is going to take away. Changes nothing. @throws UnexpectedAnswer, all problems. */
  capturePrivilege(input: { readonly environment: EnvironmentRef }): Promise<PrivilegeCapture>;
  /** Takes it away, under the guardian's permit. */
  revokePrivilege(input: RevokePrivilegeInput): Promise<{ readonly revoked: true }>;
  /** Gives it back and sees that it is there; needs no permit, and may run twice. */
  restorePrivilege(input: {
    readonly environment: EnvironmentRef;
    readonly capture: PrivilegeCapture;
  }): Promise<{ readonly restored: true }>;
}
