/**
 * Row checks over a staging as large as a real one: right in both models but for known faults, some of them there at the
 * baseline and some new, while the target goes on writing. Measured are time, memory of the process that looks, its
 * longest statement, and how long a writer had to wait. `READINESS_TEAMS` is the number of teams (200 000).
 */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { CopyObservation, DatabaseObservation } from '../../procedure/observations.js';
import type { RowAudit } from '../../procedure/row-audit.js';
import { projectFolder } from '../../lab/project.js';
import { testEnvironment } from '../unit/database/environment.js';
import { makeDatabase, startLabPostgres, type LabPostgres } from './lab-postgres.js';
import { manyTeamsSql } from './many-teams.js';
import { startWriter } from './writer.js';

const TEAMS = Number(process.env['READINESS_TEAMS'] ?? 200_000);
/** 30 s for a million teams; a part of it does not depend on their number. */
const MOST_MS = 30_000 * (0.2 + (0.8 * TEAMS) / 1_000_000);
const MOST_MB = 150;
const STATEMENT_MS = 5000;
const DATABASE = 'many_teams';
/** Faults of each kind: one team of 400, apart from each other, none of them touched by the writer. */
const FAULTS = Math.floor(TEAMS / 400);

let postgres: LabPostgres;
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'readiness-truth-evidence-'));
  postgres = await startLabPostgres();
  await makeDatabase(postgres, DATABASE);
  await sql(
    ...manyTeamsSql(TEAMS),
    'CREATE EXTENSION pg_stat_statements',
    'GRANT SELECT ON ALL TABLES IN SCHEMA public TO readiness',
  );
}, 300_000);
afterAll(async () => {
  await postgres.stop();
  await rm(folder, { recursive: true, force: true });
});

async function sql(...statements: readonly string[]): Promise<Record<string, unknown>[]> {
  const client = await postgres.connect(DATABASE);
  try {
    let rows: Record<string, unknown>[] = [];
    for (const statement of statements) ({ rows } = await client.query<Record<string, unknown>>(statement));
    return rows;
  } finally {
    await client.end();
  }
}

interface Checked {
  readonly database: DatabaseObservation;
  readonly copy: CopyObservation;
  readonly ms: number;
  readonly grownMb: number;
}

/** Runs the checks in a process of its own while the target writes, and holds what has to hold whatever they find. */
async function check(baseline: RowAudit | null): Promise<RowAudit> {
  await sql('SELECT pg_stat_statements_reset()');
  const writer = startWriter(await postgres.connect(DATABASE), baseline === null ? 1 : 5000);
  const { database, copy, ms, grownMb } = await inOwnProcess(baseline);
  const written = await writer.stop();
  const [statement] = await sql(
    `SELECT max(max_exec_time) AS longest FROM pg_stat_statements WHERE userid = 'readiness'::regrole`,
  );
  const longestStatementMs = Math.round(Number(statement?.['longest']));
  // For the note: figures belong to a test that measures.
  process.stderr.write(
    `${JSON.stringify({ teams: TEAMS, ms, auditMs: database.audit?.ms, grownMb: Math.round(grownMb), longestStatementMs, written })}\n`,
  );
  expect(copy).toMatchObject({ attempted: 24, reason: null });
  expect(database).toMatchObject({ orphanMappings: 0, duplicateLegacyIds: 0, reason: null });
  expect(ms).toBeLessThan(MOST_MS);
  expect(grownMb).toBeLessThan(MOST_MB);
  expect(longestStatementMs).toBeGreaterThan(0);
  expect(longestStatementMs).toBeLessThan(STATEMENT_MS);
  expect(written.errors).toEqual([]);
  expect(written.writes).toBeGreaterThan(10);
  expect(written.longestMs).toBeLessThan(1500);
  if (database.audit === undefined) throw new Error('all teams were not compared');
  expect(database.audit).toMatchObject({ status: 'complete', reason: null, ofThisRun: 0 });
  return database.audit;
}

async function inOwnProcess(baseline: RowAudit | null): Promise<Checked> {
  const url = postgres.url(DATABASE);
  const { settings, ...rest } = testEnvironment({
    allow: { hosts: ['127.0.0.1'], databases: [DATABASE], namespaces: [] },
  });
  const environment = {
    ...rest,
    settings: { ...settings, database: { ...settings.database, statementTimeoutMs: STATEMENT_MS } },
  };
  const child = spawn(process.execPath, [join(projectFolder(), 'test/truth/run-checks.mjs')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const teamIds = Array.from({ length: 24 }, (_, at) => 5000 + at * 3);
  child.stdin.end(JSON.stringify({ environment, url, folder, baseline, teamIds, lagBudgetMs: 1000 }));
  return JSON.parse(await text(child.stdout)) as Checked;
}

/** SQL that damages the legacy twins of `FAULTS` teams, every 200th from `first` on. */
const damaged = (first: number): string =>
  `SELECT ${String(TEAMS)} + 501 - (10000 + ${String(first)} + i * 200) FROM generate_series(0, ${String(FAULTS - 1)}) i`;

test('old and new differences, all of them, in time and memory', async () => {
  await sql(`UPDATE teams_team SET game = 'chess' WHERE id IN (${damaged(1)})`);
  const before = await check(null);
  expect(before.differences).toEqual({ 'field-differs': FAULTS });
  expect(before.mappings).toBeGreaterThanOrEqual(TEAMS);
  expect(before.newTeams).toBeGreaterThanOrEqual(TEAMS);

  await sql(
    `UPDATE teams_teammembership SET role = 'COACH' WHERE role = 'PLAYER' AND team_id IN (${damaged(2)})`,
    `UPDATE teams_teammembership SET profile_id = profile_id + 1 WHERE role = 'OWNER' AND team_id IN (${damaged(3)})`,
    `INSERT INTO teams_team SELECT 30000000, 'Inline', 'INL', 'inline', '', 'EU', true, true, now(), now()`,
  );
  const after = await check(before);
  expect(after.fresh).toEqual({ 'wrong-role': FAULTS, 'wrong-person': FAULTS });
  expect(after.differences).toEqual({ ...after.fresh, 'field-differs': FAULTS });
  expect(after.legacyWrites).toMatchObject({ teams: 1, memberships: 0 });
  const lines = (await readFile(join(folder, after.file), 'utf8')).trimEnd().split('\n');
  expect(lines).toHaveLength(3 * FAULTS + 1);
}, 600_000);
