import { cancellationSignal, sleep } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { LoadedEnvironment } from '../../environment/settings.js';
import { TERMINAL } from '../../procedure/failures.js';
import type { CleanupRowsInput, CleanupRowsOutput } from '../contract.js';
import type { Databases, Session } from './database.js';
import { countsOf, deleteRows, deletionOrder } from './deletion.js';
import { readReferences, type LinkedTable, type References } from './foreign-keys.js';
import { countMappings } from './own-counts.js';
import { addKeys, addReferringRows, type RowSets } from './row-walk.js';
import { text } from './rows.js';
import { findTables, requireTable, type FoundTables, type TableKey } from './tables.js';
import { findTestRows, type RunOfRows, type TestRows } from './test-rows.js';

/** How long a COMMIT whose answer was lost is asked after. */
const COMMIT_QUESTIONS = 20;
const COMMIT_QUESTION_MS = 500;

type Ended =
  | { readonly output: CleanupRowsOutput }
  | { readonly output: CleanupRowsOutput; readonly transaction: string; readonly error: unknown };

/**
 * seed §11.1: deletes the rows of one run, and only these, in one transaction, or none of them (docs/rollback.md). Run
 * twice, the second time finds nothing. Throws when the database is not reachable; then nothing was deleted, or the
 * repetition finds it deleted.
 */
export async function cleanUp(
  databases: Databases,
  environment: LoadedEnvironment,
  input: CleanupRowsInput,
): Promise<CleanupRowsOutput> {
  if (!/^[0-9a-f]{8}$/.test(input.tag))
    return refused({}, [`the tag ${JSON.stringify(input.tag)} is not eight hexadecimal digits`]);
  if (Number.isNaN(Date.parse(input.startedAt))) return refused({}, ['the start of the run is not a time']);
  if (input.onlyTeam !== undefined && /[%_\\]/.test(input.onlyTeam))
    return refused({}, [`the name ${JSON.stringify(input.onlyTeam)} could stand for other teams too`]);
  const signal = cancellationSignal();
  const ended = await databases.withDatabase(environment, signal, (session) =>
    inOneTransaction(session, environment, input),
  );
  if ('error' in ended) await committedAfterAll(databases, environment, ended);
  if (ended.output.status === 'refused') return ended.output;
  const note = await orphansOfOthers(databases, environment);
  return note === null ? ended.output : withReason(ended.output, note);
}

/** seed §11.1 deletes orphan mappings too; those that are not of this run are only told. */
async function orphansOfOthers(databases: Databases, environment: LoadedEnvironment): Promise<string | null> {
  try {
    const { orphanMappings } = await databases.withDatabase(
      environment,
      cancellationSignal(),
      async (session) =>
        countMappings(session, await findTables(session, environment.settings.database.tables)),
    );
    return orphanMappings === 0
      ? null
      : `${String(orphanMappings)} orphan mapping(s) that are not of this run were left alone`;
  } catch (error) {
    // The rows are gone; a count that failed must not have the step repeated and its result lost.
    if (error instanceof ApplicationFailure)
      return `orphan mappings of others were not counted: ${error.message}`;
    throw error;
  }
}

async function inOneTransaction(
  session: Session,
  environment: LoadedEnvironment,
  input: CleanupRowsInput,
): Promise<Ended> {
  const found = await findTables(session, environment.settings.database.tables);
  const references = await readReferences(session, found);
  await session.query('beginning the clean-up', 'BEGIN');
  let output: CleanupRowsOutput;
  let transaction: string;
  try {
    // Deferred constraints would show "0 rows left" here and fail at COMMIT (docs/target.md).
    await session.query('making constraints immediate', 'SET CONSTRAINTS ALL IMMEDIATE');
    const run = await runOfRows(session, input);
    output = await checkAndDelete(session, { found, references, run });
    transaction = text(
      (await session.query('reading the transaction id', 'SELECT txid_current()::text AS id')).rows[0] ?? {},
      'id',
    );
  } catch (error) {
    await session.query('rolling back the clean-up', 'ROLLBACK').catch(() => undefined);
    // A constraint or trigger that nobody knew of: nothing was deleted, and trying again would not help.
    if (error instanceof ApplicationFailure && error.type === TERMINAL.unexpected)
      return { output: refused({}, [error.message]) };
    throw error;
  }
  if (output.status !== 'deleted') {
    await session.query('rolling back the clean-up', 'ROLLBACK');
    return { output };
  }
  try {
    await session.query('committing the clean-up', 'COMMIT');
  } catch (error) {
    if (error instanceof CancelledFailure) throw error;
    return { output, transaction, error };
  }
  return { output };
}

/** The database's clock decides which rows are newer than the run; one that goes behind ours must not make them look old. */
async function runOfRows(session: Session, input: CleanupRowsInput): Promise<RunOfRows> {
  const { rows } = await session.query(
    "reading the database's clock",
    'SELECT clock_timestamp()::timestamptz AS now',
  );
  const behindMs = Math.min(0, Date.parse(text(rows[0] ?? {}, 'now')) - Date.now());
  const notBefore = new Date(Date.parse(input.startedAt) + behindMs).toISOString();
  return { tag: input.tag, notBefore, recorded: input.teamIds, only: input.onlyTeam ?? null };
}

interface Scene {
  readonly found: FoundTables;
  readonly references: References;
  readonly run: RunOfRows;
}

async function checkAndDelete(
  session: Session,
  { found, references, run }: Scene,
): Promise<CleanupRowsOutput> {
  const rows = await findTestRows(session, found, run);
  const sets: RowSets = new Map();
  const tableOf = (key: TableKey): LinkedTable | undefined =>
    references.tables.get(requireTable(found, key).oid);
  const roots: readonly (readonly [TableKey, readonly number[]])[] = [
    ['mapping', rows.mappings],
    ['team', rows.teams],
    ['legacyTeam', rows.legacyTeams],
  ];
  for (const [key, ids] of roots) {
    const table = tableOf(key);
    if (table === undefined)
      return refused({}, [`${requireTable(found, key).fullName} is not a plain table`]);
    addKeys(sets, table, ids.map(String));
  }
  if (rows.refusals.length > 0) return refused(countsOf(sets), rows.refusals);
  const people = new Set([requireTable(found, 'user').oid, requireTable(found, 'profile').oid]);
  const refusals = await addReferringRows(session, sets, { references, people });
  if (refusals.length > 0) return refused(countsOf(sets), refusals);
  const order = deletionOrder(sets, references, found);
  if (order === null) return refused(countsOf(sets), ['tables refer to each other in a circle']);
  if (order.length === 0) return { status: 'nothing-to-delete', counts: {}, reason: whatElse(rows) };
  const { counts, wrong } = await deleteRows(session, order);
  if (wrong !== null) return refused(countsOf(sets), [wrong]);
  const after = await findTestRows(session, found, run);
  const left = after.teams.length + after.mappings.length + after.legacyTeams.length;
  if (left > 0) return refused(countsOf(sets), [`${String(left)} row(s) of the run appeared meanwhile`]);
  return { status: 'deleted', counts, reason: whatElse(rows) };
}

function whatElse(rows: TestRows): string | null {
  const notes = [
    rows.unrecorded.length > 0
      ? `team(s) ${rows.unrecorded.join(', ')} were not recorded (the answer to their creation was lost) but carry the run's tag: deleted too`
      : null,
    rows.strayLegacyTeams.length > 0
      ? `legacy team(s) ${rows.strayLegacyTeams.join(', ')} carried the run's tag without a mapping: deleted too`
      : null,
  ].filter((note) => note !== null);
  return notes.length > 0 ? notes.join('; ') : null;
}

/** A COMMIT whose answer was lost may have happened. The server knows; when it did not, the step is tried again. */
async function committedAfterAll(
  databases: Databases,
  environment: LoadedEnvironment,
  lost: { transaction: string; error: unknown },
): Promise<void> {
  for (let question = 0; question < COMMIT_QUESTIONS; question += 1) {
    const status = await databases.withDatabase(environment, cancellationSignal(), async (session) => {
      const { rows } = await session.query(
        'asking after a COMMIT',
        'SELECT txid_status($1::bigint) AS status',
        [lost.transaction],
      );
      return text(rows[0] ?? {}, 'status');
    });
    if (status === 'committed') return;
    if (status === 'aborted') break;
    await sleep(COMMIT_QUESTION_MS);
  }
  throw lost.error;
}

function refused(counts: Readonly<Record<string, number>>, reasons: readonly string[]): CleanupRowsOutput {
  return { status: 'refused', counts, reason: `Nothing was deleted: ${reasons.join('; ')}.` };
}

function withReason(output: CleanupRowsOutput, note: string): CleanupRowsOutput {
  return { ...output, reason: output.reason === null ? note : `${output.reason}; ${note}` };
}
