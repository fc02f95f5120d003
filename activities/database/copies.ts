import { cancellationSignal, sleep } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { LoadedEnvironment } from '../../environment/settings.js';
import { compareCopies, copyStatusOf, type TeamComparison } from '../../procedure/copy-comparison.js';
import type { CopyRows } from '../../procedure/copy-rows.js';
import { copiesFile } from '../../procedure/evidence-names.js';
import type { CopyObservation } from '../../procedure/observations.js';
import type { CompareCopiesInput } from '../contract.js';
import { jsonText, writeEvidenceFile } from '../support/files.js';
import { readCopyRows } from './copy-rows.js';
import type { Databases } from './database.js';
import { findTables, type FoundTables } from './tables.js';

/** How often rows that differ are read again within the lag budget. */
const POLL_MS = 500;
/** Differences in the result at most; all of them stand in the evidence file. */
const DIFFERENCES_IN_RESULT = 20;

interface Comparison {
  readonly rows: CopyRows;
  readonly teams: readonly TeamComparison[];
}

/**
 * Compares copies until they are right or the lag budget has passed (`confirmed`), and saves rows and all differences
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
        const rows = await readCopyRows(session, found, input.teamIds);
        return { rows, teams: compareCopies(rows, environment.settings.copy) };
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

interface Settled extends Comparison {
  readonly reads: number;
  readonly confirmed: boolean;
  readonly lagMs: number | null;
}

async function untilEqual(
  compare: () => Promise<Comparison>,
  limit: { started: number; budgetMs: number },
): Promise<Settled> {
  for (let reads = 1; ; reads += 1) {
    // Taken before the read: only a read that began after the budget proves that the copy is late.
    const elapsed = performance.now() - limit.started;
    const comparison = await compare();
    const lagMs = Math.round(performance.now() - limit.started);
    if (comparison.teams.every((team) => team.differences.length === 0))
      return { ...comparison, reads, confirmed: true, lagMs };
    if (elapsed >= limit.budgetMs) return { ...comparison, reads, confirmed: reads > 1, lagMs: null };
    await sleep(Math.max(1, Math.min(POLL_MS, limit.budgetMs - elapsed)));
  }
}

async function save(
  input: CompareCopiesInput,
  result: Settled & { readonly found: FoundTables; readonly environment: LoadedEnvironment },
): Promise<CopyObservation> {
  const { rows, teams, reads, confirmed, lagMs, found, environment } = result;
  const differences = teams.flatMap((team) => team.differences);
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
  const observation = observed(input, {
    status: copyStatusOf(teams),
    attempted: teams.length,
    copied: teams.length - wrongTeams.length,
    differences: differences.slice(0, DIFFERENCES_IN_RESULT),
    confirmed,
    lagMs,
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
  Partial<Pick<CopyObservation, 'attempted' | 'copied' | 'differences' | 'confirmed' | 'lagMs'>>;

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
