import { cancellationSignal, sleep } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { LoadedEnvironment } from '../../environment/settings.js';
import {
  compareCopies,
  copyStatusOf,
  surplusOf,
  type TeamComparison,
} from '../../procedure/copy-comparison.js';
import type { CopyRows } from '../../procedure/copy-rows.js';
import { standingAfter, stoodSince, type Standing } from '../../procedure/difference-keys.js';
import { copiesFile } from '../../procedure/evidence-names.js';
import type { CopyObservation, RowDifference } from '../../procedure/observations.js';
import type { CompareCopiesInput } from '../contract.js';
import { jsonText, writeEvidenceFile } from '../support/files.js';
import { columnsNotThere, readCopyRows } from './copy-rows.js';
import type { Databases, Session } from './database.js';
import { findTables, type FoundTables } from './tables.js';

/** How often rows that differ are read again within the lag budget. */
const POLL_MS = 500;
/** Differences in the result at most; all of them stand in the evidence file. */
const DIFFERENCES_IN_RESULT = 20;

interface Comparison {
  readonly rows: CopyRows;
  readonly teams: readonly TeamComparison[];
  readonly surplus: readonly RowDifference[];
}

/**
 * Compares copies until they are right or the lag budget has passed. `confirmed`: the same differences were there in two
 * reads at least the budget apart; what came only meanwhile is looked at once more. Saves rows and all differences
 * as `logs/copies_<observation id>.json`. A database that cannot answer (missing table, refused right) gives `unknown`
 * with the reason; one that is not reachable throws, so that Temporal tries again. Reads only; repeating measures anew.
 */
export async function watchCopies(
  databases: Databases,
  environment: LoadedEnvironment,
  input: CompareCopiesInput,
): Promise<CopyObservation> {
  const started = performance.now();
  if (input.teamIds.length === 0)
    return observed(input, { status: 'none', reason: 'no team was created, so there is nothing to compare' });
  try {
    return await databases.withDatabase(environment, cancellationSignal(), async (session) => {
      const found = await findTables(session, environment.settings.database.tables);
      const compare = async (): Promise<Comparison> => {
        const rows = await readRows(session, found, input);
        return {
          rows,
          teams: compareCopies(rows, environment.settings.copy),
          surplus: surplusOf(rows),
        };
      };
      const result = await untilEqual(compare, { started, budgetMs: input.lagBudgetMs });
      return await save(input, { ...result, found, environment });
    });
  } catch (error) {
    // A terminal failure will not pass by itself: the observation says so, and the verdict cannot be GO.
    if (!(error instanceof ApplicationFailure) || error.nonRetryable !== true) throw error;
    return observed(input, { status: 'unknown', reason: error.message });
  }
}

/** With the flag on, also what carries the run's tag and is nobody's twin. Afterwards, or while a copy has to fail, that is not asked. */
async function readRows(
  session: Session,
  found: FoundTables,
  { side, tag, teamIds }: CompareCopiesInput,
): Promise<CopyRows> {
  return readCopyRows(session, found, side === 'after' ? { teamIds, surplusOf: tag } : { teamIds });
}

interface Settled extends Comparison {
  readonly reads: number;
  readonly confirmed: boolean;
  readonly lagMs: number | null;
}

interface Limit {
  readonly started: number;
  readonly budgetMs: number;
}

async function untilEqual(compare: () => Promise<Comparison>, limit: Limit): Promise<Settled> {
  let standing: Standing = new Map();
  for (let reads = 1; ; reads += 1) {
    // Taken before the read: only a read that began after the budget proves that the copy is late.
    const begun = performance.now();
    const comparison = await compare();
    const ended = performance.now();
    if (differencesOf(comparison).length === 0)
      return { ...comparison, reads, confirmed: true, lagMs: Math.round(ended - limit.started) };
    standing = standingAfter(standing, differencesOf(comparison), ended);
    const elapsed = begun - limit.started;
    if (elapsed >= limit.budgetMs) {
      const again = await confirm(compare, { comparison, standing, begun, budgetMs: limit.budgetMs });
      return { ...comparison, reads: reads + again.reads, confirmed: again.confirmed, lagMs: null };
    }
    await sleep(Math.max(1, Math.min(POLL_MS, limit.budgetMs - elapsed)));
  }
}

/** What is late, and what was known of it when the read that showed it began. */
interface Late {
  readonly comparison: Comparison;
  readonly standing: Standing;
  readonly begun: number;
  readonly budgetMs: number;
}

/**
 * Whether what is late is the same difference as a lag budget before. One that came meanwhile, while another one went, may
 * be a later change under way: it is read again when the budget has passed for it too. A read that finds it gone does not
 * make the copy come in time.
 */
async function confirm(
  compare: () => Promise<Comparison>,
  { comparison, standing, begun, budgetMs }: Late,
): Promise<{ readonly reads: number; readonly confirmed: boolean }> {
  const due = Math.max(...differencesOf(comparison).map((one) => stoodSince(standing, one) + budgetMs));
  if (begun >= due) return { reads: 0, confirmed: true };
  await sleep(Math.max(1, Math.ceil(due - performance.now())));
  const last = standingAfter(new Map(), differencesOf(await compare()), 0);
  const stayed = (one: RowDifference): boolean =>
    stoodSince(standing, one) + budgetMs <= begun || stoodSince(last, one) === 0;
  const teams = comparison.teams.map(({ teamId, differences }) => ({
    teamId,
    differences: differences.filter(stayed),
  }));
  const surplus = comparison.surplus.filter(stayed);
  return {
    reads: 1,
    confirmed:
      differencesOf({ teams, surplus }).length > 0 &&
      copyStatusOf(teams, surplus) === copyStatusOf(comparison.teams, comparison.surplus),
  };
}

/** The surplus first: it must not be the one that a result with twenty differences leaves out. */
function differencesOf({ teams, surplus }: Pick<Comparison, 'teams' | 'surplus'>): RowDifference[] {
  return [...surplus, ...teams.flatMap((team) => team.differences)];
}

async function save(
  input: CompareCopiesInput,
  result: Settled & { readonly found: FoundTables; readonly environment: LoadedEnvironment },
): Promise<CopyObservation> {
  const { rows, teams, surplus, reads, confirmed, lagMs, found, environment } = result;
  const differences = differencesOf({ teams, surplus });
  const wrongTeams = teams.filter((team) => team.differences.length > 0).map((team) => team.teamId);
  const file = copiesFile(input.observationId);
  const reasons = [
    differences.length > DIFFERENCES_IN_RESULT
      ? `the first ${String(DIFFERENCES_IN_RESULT)} of ${String(differences.length)} differences; all are in ${file}`
      : null,
    rows.notCompared.length > 0
      ? `not compared, because a column is not there: ${rows.notCompared.join(', ')}`
      : null,
  ].filter((reason) => reason !== null);
  const notCompared = columnsNotThere(found);
  const observation = observed(input, {
    status: copyStatusOf(teams, surplus),
    attempted: teams.length,
    copied: teams.length - wrongTeams.length,
    differences: differences.slice(0, DIFFERENCES_IN_RESULT),
    confirmed,
    lagMs,
    ...(notCompared.length === 0 ? {} : { notCompared }),
    reason: reasons.length > 0 ? reasons.join('; ') : null,
  });
  const tables = Object.fromEntries(Object.values(found.tables).map((table) => [table.key, table.fullName]));
  const evidence = {
    observation: { ...observation, differences },
    wrongTeams,
    reads,
    tables,
    rules: environment.settings.copy,
    rows,
  };
  await writeEvidenceFile(input.evidence, file, jsonText(evidence));
  return observation;
}

type Measured = Pick<CopyObservation, 'status' | 'reason'> &
  Partial<
    Pick<CopyObservation, 'attempted' | 'copied' | 'differences' | 'confirmed' | 'lagMs' | 'notCompared'>
  >;

function observed(input: CompareCopiesInput, measured: Measured): CopyObservation {
  return {
    kind: 'copy',
    id: input.observationId,
    at: new Date().toISOString(),
    source: 'rows',
    side: input.side,
    write: input.write,
    teamIds: input.teamIds,
    attempted: input.teamIds.length,
    copied: 0,
    differences: [],
    confirmed: false,
    lagMs: null,
    ...measured,
  };
}
