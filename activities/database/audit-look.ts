import { escapeIdentifier } from 'pg';
import { compareCopies } from '../../procedure/copy-comparison.js';
import type { CopyRules } from '../../procedure/copy-rows.js';
import type { RowDifference } from '../../procedure/observations.js';
import type { CopyLag } from '../../procedure/row-audit.js';
import { teamsOfRun } from './audit-book.js';
import { overRanges, readRows, setPlanner, type Indexes, type Reader } from './audit-reading.js';
import { lagSql, sharedSql, spanSql, suspectsSql, twiceSql } from './audit-sql.js';
import { readCopyRowsHere } from './copy-rows.js';
import { wholeNumber, wholeNumberOrNull } from './rows.js';

/** Teams whose rows are in the worker at a time. */
const TEAMS_AT_ONCE = 500;
/** Ids lie close together while so many of them are in use by the range: one of four. */
const CLOSE = 4;

/** One team with its differences. */
export interface TeamSeen {
  readonly teamId: number;
  readonly ofRun: boolean;
  readonly differences: readonly RowDifference[];
}

export interface LookInput {
  readonly rules: CopyRules;
  readonly tag: string;
  readonly visit: (team: TeamSeen) => Promise<void>;
}

/** Every mapping: teams that may differ are compared row by row and given to `visit`. Returns how many mappings there are. */
export function lookAtMappings(reader: Reader, indexes: Indexes, look: LookInput): Promise<number> {
  return overRanges(reader, 'mapping', async (range) => {
    const suspects = new Set<number>();
    const ask = async (sql: string, values: readonly unknown[]): Promise<void> => {
      for (const row of await readRows(reader, 'comparing all teams', { sql, values }))
        suspects.add(wholeNumber(row, 'team_id'));
    };
    const span = await spanOf(reader, range);
    await setPlanner(reader, {
      enable_hashjoin: span !== null || indexes.lacking.length > 0,
      enable_mergejoin: span !== null || indexes.lacking.length > 0,
    });
    await ask(suspectsSql(reader.found, look.rules, span !== null), [...range, ...(span ?? [])]);
    for (const column of ['vnext_team_id', 'legacy_team_id'] as const)
      if (!indexes.apart('mapping', column)) await ask(sharedSql(reader.found, column), range);
    if (!indexes.apart('membership', 'team_id,user_id'))
      await ask(twiceSql(reader.found, span !== null), [...range, ...(span ?? []).slice(0, 2)]);
    await compareTeams(reader, [...suspects], look);
  });
}

/** Compares teams row by row, a few hundred at a time. */
export async function compareTeams(
  reader: Reader,
  teamIds: readonly number[],
  { rules, tag, visit }: LookInput,
): Promise<void> {
  for (let at = 0; at < teamIds.length; at += TEAMS_AT_ONCE) {
    const rows = await readCopyRowsHere(reader.session, reader.found, teamIds.slice(at, at + TEAMS_AT_ONCE));
    const ours = teamsOfRun(rows, tag);
    for (const { teamId, differences } of compareCopies(rows, rules)) {
      // Nobody recorded these teams: one that is not there is known only by its mapping, and that is the orphan.
      const told = differences.filter(
        (one) => one.class !== 'missing-in-new' || one.row !== `team ${String(teamId)}`,
      );
      if (told.length > 0) await visit({ teamId, differences: told, ofRun: ours.has(teamId) });
    }
  }
}

/** How late copies came, of teams made since the flag was on. */
export async function measureLag(
  reader: Reader,
  limit: { readonly since: string; readonly budgetMs: number },
): Promise<CopyLag | null> {
  const { mappingTime } = reader.found;
  if (mappingTime === null) return null;
  let lag: CopyLag = { measured: 0, late: 0, maxMs: null };
  const sql = lagSql(reader.found, escapeIdentifier(mappingTime));
  await overRanges(reader, 'mapping', async (range) => {
    const [row = {}] = await readRows(reader, 'measuring the lag of copies', {
      sql,
      values: [...range, limit.since, limit.budgetMs],
    });
    const max = wholeNumberOrNull(row, 'max');
    lag = {
      measured: lag.measured + wholeNumber(row, 'measured'),
      late: lag.late + wholeNumber(row, 'late'),
      maxMs: max === null ? lag.maxMs : Math.max(lag.maxMs ?? max, max),
    };
  });
  return lag;
}

async function spanOf(reader: Reader, range: readonly [number, number]): Promise<readonly number[] | null> {
  const [row = {}] = await readRows(reader, 'comparing all teams', {
    sql: spanSql(reader.found),
    values: range,
  });
  const [newFrom, newTo] = [wholeNumber(row, 'new_from'), wholeNumber(row, 'new_to')];
  const [legacyFrom, legacyTo] = [wholeNumber(row, 'legacy_from'), wholeNumber(row, 'legacy_to')];
  const most = wholeNumber(row, 'rows') * CLOSE;
  return newTo - newFrom < most && legacyTo - legacyFrom < most
    ? [newFrom, newTo, legacyFrom, legacyTo]
    : null;
}
