/** All teams of both models beside each other, on a real PostgreSQL. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { AuditInput } from '../../../activities/contract.js';
import { createDatabaseActivities } from '../../../activities/database/database-activities.js';
import { createDatabases, type Databases } from '../../../activities/database/database.js';
import type { DatabaseObservation } from '../../../procedure/observations.js';
import type { RowAudit } from '../../../procedure/row-audit.js';
import { allowing, testEnvironment } from './environment.js';
import { run, startScratchPostgres, type ScratchPostgres } from './scratch-postgres.js';
import { TARGET_SCHEMA, teamSql } from './target-schema.js';

const TAG = '0a1b2c3d';
let server: ScratchPostgres;
let folder = '';
let url = '';
let made = 0;
let databases: Databases;

beforeAll(async () => {
  server = await startScratchPostgres();
  folder = await mkdtemp(join(tmpdir(), 'readiness-audit-'));
});
afterAll(async () => {
  await databases.close();
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  await databases?.close();
  made += 1;
  url = await server.database(`audit_${String(made)}`, TARGET_SCHEMA);
  databases = createDatabases({ resolveSecret: () => Promise.resolve(url) });
});

async function audit(changes: Partial<AuditInput> = {}): Promise<RowAudit> {
  const environment = testEnvironment(allowing(url));
  const activities = createDatabaseActivities(
    { loadEnvironment: () => Promise.resolve(environment) },
    databases,
  );
  const input: AuditInput = {
    side: 'baseline',
    lagBudgetMs: 300,
    flagOnSince: null,
    baseline: null,
    ...changes,
  };
  const observation = await new MockActivityEnvironment().run((): Promise<DatabaseObservation> =>
    activities.runSeedQueries({
      environment: { name: 'unit', digest: 'd' },
      evidence: { name: 'x', path: folder },
      tag: TAG,
      label: input.side === 'baseline' ? 'before' : 'after',
      observationId: `${input.side}-database`,
      audit: input,
    }),
  );
  if (observation.audit === undefined) throw new Error('there is no audit');
  return observation.audit;
}

const after = (baseline: RowAudit | null, changes: Partial<AuditInput> = {}): Promise<RowAudit> =>
  audit({ side: 'after', baseline, flagOnSince: baseline?.marks?.at ?? null, ...changes });

async function linesOf(one: RowAudit): Promise<Record<string, unknown>[]> {
  const text = await readFile(join(folder, one.file), 'utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** `Wolves` is team 2 with legacy team 502, owner captain1 and a coach player1. */
const WOLVES = teamSql({ name: 'Wolves', gameId: 1, copied: true, members: true });

describe('all teams', () => {
  test('that stand alike in both models give no difference', async () => {
    await run(url, WOLVES);
    const before = await audit();
    expect(before).toMatchObject({
      status: 'complete',
      mappings: 2,
      newTeams: 2,
      differences: {},
      ofThisRun: 0,
      lag: null,
      legacyWrites: null,
      marks: { teamId: 502, membershipId: 2003 },
    });
    expect(await linesOf(before)).toEqual([]);
    expect(await after(before)).toMatchObject({
      status: 'complete',
      differences: {},
      fresh: {},
      legacyWrites: { teams: 0, memberships: 0 },
    });
  });

  const faults: { title: string; sql: string; line: Record<string, unknown> }[] = [
    {
      title: 'missing in legacy',
      sql: 'DELETE FROM teams_teammembership WHERE id = 2003',
      line: { class: 'missing-in-legacy', row: 'membership 3 (player1)' },
    },
    {
      title: 'missing in new',
      sql: 'DELETE FROM organizations_membership WHERE id = 3',
      line: { class: 'missing-in-new', row: 'legacy membership 2003 (player1)' },
    },
    {
      title: 'orphan mapping, no legacy team',
      sql: 'INSERT INTO organizations_migration_map (vnext_team_id, legacy_team_id) VALUES (77, 9501)',
      line: { class: 'orphan-mapping', field: 'legacy_team_id', expected: 'legacy team 9501' },
    },
    {
      title: 'orphan mapping, no new team',
      sql: 'UPDATE organizations_migration_map SET vnext_team_id = 78 WHERE vnext_team_id = 2',
      line: { class: 'orphan-mapping', field: 'vnext_team_id', expected: 'new team 78' },
    },
    {
      title: 'a legacy team mapped twice',
      sql: `ALTER TABLE organizations_migration_map DROP CONSTRAINT organizations_migration_map_legacy_team_id_key;
            UPDATE organizations_migration_map SET legacy_team_id = 501 WHERE vnext_team_id = 2`,
      line: { class: 'duplicate', field: 'legacy_team_id' },
    },
    {
      title: 'another field',
      sql: `UPDATE teams_team SET region = 'NA' WHERE id = 502`,
      line: { class: 'field-differs', row: 'team 2', field: 'region', expected: 'EU', found: 'NA' },
    },
    {
      title: 'another game than the map says',
      sql: `UPDATE teams_team SET game = 'dota2' WHERE id = 502`,
      line: { class: 'field-differs', field: 'game', expected: 'valorant', found: 'dota2' },
    },
    {
      title: 'a wrong person',
      sql: 'UPDATE teams_teammembership SET profile_id = 1003 WHERE id = 2003',
      line: { class: 'wrong-person', row: 'membership 3 (player1)', expected: 'player1' },
    },
    {
      title: 'a wrong role',
      sql: `UPDATE teams_teammembership SET role = 'COACH' WHERE id = 2003`,
      line: { class: 'wrong-role', expected: 'PLAYER', found: 'COACH' },
    },
    {
      title: 'a wrong status',
      sql: `UPDATE teams_teammembership SET status = 'INACTIVE' WHERE id = 2003`,
      line: { class: 'wrong-status', expected: 'ACTIVE', found: 'INACTIVE' },
    },
    {
      title: 'a person twice on both sides alike',
      sql: `ALTER TABLE teams_teammembership DROP CONSTRAINT teams_teammembership_team_id_profile_id_key;
            INSERT INTO organizations_membership (team_id, user_id, role) VALUES (2, 2, 'COACH');
            INSERT INTO teams_teammembership (team_id, profile_id, role) VALUES (502, 1002, 'PLAYER')`,
      line: { class: 'duplicate', field: 'person' },
    },
  ];
  // Looked up row by row, when ids lie far apart and every lookup has its index; and in spans.
  const FAR = `CREATE INDEX ON organizations_membership (team_id);
    INSERT INTO organizations_team (id, name, slug, owner_id, game_id, region) VALUES (90000, 'Far', 'far', 1, 9, 'EU');
    INSERT INTO teams_team (id, name, tag, slug, game, region) VALUES (70000, 'Far', 'FAR', 'far', '', 'EU');
    INSERT INTO organizations_migration_map (vnext_team_id, legacy_team_id) VALUES (90000, 70000);`;
  test.each(faults)('new: $title', async ({ sql, line }) => {
    await run(url, WOLVES);
    const before = await audit();
    expect(before.differences).toEqual({});
    await run(url, sql);
    const told = expect.objectContaining({ ...line, origin: 'new' }) as unknown;
    const close = await after(before);
    expect(Object.keys(close.fresh)).toContain(line['class']);
    expect(await linesOf(close)).toContainEqual(told);
    await run(url, FAR);
    expect(await linesOf(await audit())).toContainEqual(told);
  });

  test('an orphan on both sides is two differences of one class, and no missing team besides', async () => {
    const before = await audit();
    await run(
      url,
      'INSERT INTO organizations_migration_map (vnext_team_id, legacy_team_id) VALUES (77, 9501)',
    );
    expect((await after(before)).fresh).toEqual({ 'orphan-mapping': 2 });
  });

  test('differences of the baseline are told apart from new ones', async () => {
    await run(url, `${WOLVES} UPDATE teams_team SET region = 'NA' WHERE id = 502`);
    const before = await audit();
    expect(before).toMatchObject({ differences: { 'field-differs': 1 }, examples: [{ row: 'team 2' }] });
    await run(url, `UPDATE teams_teammembership SET role = 'PLAYER' WHERE id = 2002`);
    const now = await after(before);
    expect(now).toMatchObject({
      differences: { 'field-differs': 1, 'wrong-role': 1 },
      fresh: { 'wrong-role': 1 },
    });
    expect((await linesOf(now)).map((line) => line['origin']).sort()).toEqual(['baseline', 'new']);
  });

  test('without the file of the baseline nothing is called new', async () => {
    await run(url, `${WOLVES} UPDATE teams_team SET region = 'NA' WHERE id = 502`);
    const before = await audit();
    await rm(join(folder, before.file));
    expect(await after(before)).toMatchObject({
      status: 'unknown',
      fresh: {},
      reason: expect.stringContaining('could not be read') as unknown,
    });
    expect(await after(null)).toMatchObject({ status: 'unknown', fresh: {} });
  });

  test('after a baseline that came to nothing an old difference is not called new, and the reason is told', async () => {
    await run(url, `${WOLVES} UPDATE teams_team SET region = 'NA' WHERE id = 502`);
    const { marks: _read, ...before } = await audit();
    const nothing: RowAudit = { ...before, status: 'unknown', marks: null, reason: 'not finished in 70 s' };
    const now = await after(nothing, { flagOnSince: new Date(Date.now() - 60_000).toISOString() });
    expect(now).toMatchObject({
      ...{ status: 'unknown', differences: { 'field-differs': 1 }, fresh: {}, examples: [] },
      reason: expect.stringContaining('came to nothing (not finished in 70 s)') as unknown,
    });
    expect((await linesOf(now)).map((line) => line['origin'])).toEqual(['unknown']);
  });

  test('a copy that arrives within the lag budget is none', async () => {
    const before = await audit();
    await run(url, teamSql({ name: 'Late', gameId: 3 }));
    const late = after(before, { lagBudgetMs: 3000 });
    await new Promise((resolve) => setTimeout(resolve, 700));
    await run(
      url,
      `INSERT INTO teams_team (name, tag, slug, game, region) VALUES ('Late', 'LATE', 'late', 'dota2', 'EU');
       INSERT INTO organizations_migration_map (vnext_team_id, legacy_team_id) VALUES (2, 502);
       INSERT INTO teams_teammembership (team_id, profile_id, role) VALUES (502, 1001, 'OWNER')`,
    );
    expect(await late).toMatchObject({ status: 'complete', differences: {}, fresh: {} });
    // The lag is told by the two times, whenever somebody looks.
    expect(await after(before, { lagBudgetMs: 100 })).toMatchObject({ lag: { measured: 1, late: 1 } });
  });

  const COACH = `UPDATE teams_teammembership SET role = 'COACH' WHERE id = 2003`;
  const RIGHT = `UPDATE teams_teammembership SET role = 'PLAYER' WHERE id = 2003`;
  const ELSEWHERE = `UPDATE teams_team SET region = 'NA' WHERE id = 502`;
  const AT_HOME = `UPDATE teams_team SET region = 'EU' WHERE id = 502`;

  /** An audit with a lag budget of 2 s beside what happens meanwhile, each so many milliseconds after its beginning. */
  async function beside(happening: readonly (readonly [ms: number, sql: string])[]): Promise<RowAudit> {
    await run(url, WOLVES);
    const before = await audit();
    await run(url, COACH);
    const running = after(before, { lagBudgetMs: 2000 });
    const timers = happening.map(([ms, sql]) => setTimeout(() => void run(url, sql), ms));
    const now = await running;
    timers.forEach(clearTimeout);
    return now;
  }

  test('a second copy under way where a first one arrived is no difference', async () => {
    // The role arrives; when it is looked at again the region is under way, and arrives within its own budget.
    const now = await beside([
      [1000, `${RIGHT}; ${ELSEWHERE}`],
      [3000, AT_HOME],
    ]);
    expect(now).toMatchObject({ status: 'complete', differences: {}, fresh: {} });
    expect(now.reason).not.toContain('the last look');
  });

  test('a wrong copy that came while another one was under way gets a look of its own', async () => {
    const now = await beside([[1000, `${RIGHT}; ${ELSEWHERE}`]]);
    expect(now).toMatchObject({ status: 'complete', fresh: { 'field-differs': 1 } });
  });

  test('one that is seen in the last look alone is told and does not count', async () => {
    const now = await beside([
      [1000, `${RIGHT}; ${ELSEWHERE}`],
      [3000, `${AT_HOME}; ${COACH}`],
    ]);
    expect(now).toMatchObject({
      ...{ status: 'complete', differences: { 'wrong-role': 1 }, fresh: {} },
      reason: expect.stringContaining(
        '1 difference(s) of the last look were not there at the one before',
      ) as unknown,
    });
    expect((await linesOf(now)).map((line) => line['origin'])).toEqual(['unconfirmed']);
  });

  test('the same field with other values is the same difference', async () => {
    const now = await beside([[1000, `UPDATE teams_teammembership SET role = 'SCOUT' WHERE id = 2003`]]);
    expect(now).toMatchObject({ status: 'complete', fresh: { 'wrong-role': 1 } });
    expect(now.examples).toMatchObject([{ found: 'SCOUT' }]);
  });

  test('teams of this run and teams made with the flag off are counted apart', async () => {
    const before = await audit();
    await run(
      url,
      teamSql({ name: `Perf Test ${TAG} a01`, gameId: 5 }) + teamSql({ name: 'Early', gameId: 6 }),
    );
    const flagOnSince = new Date(Date.now() + 60_000).toISOString();
    expect(await after(before, { flagOnSince })).toMatchObject({
      differences: { 'missing-in-legacy': 2 },
      fresh: {},
      ofThisRun: 1,
      madeWithFlagOff: 1,
    });
    expect(await after(before)).toMatchObject({ fresh: { 'missing-in-legacy': 1 }, ofThisRun: 1 });
  });
});

describe('inline legacy writes', () => {
  test('new, changed and joined rows without a mapping are told, once they are still there', async () => {
    await run(
      url,
      `ALTER TABLE teams_team ADD COLUMN updated_at timestamptz NOT NULL DEFAULT now();
       INSERT INTO teams_team (name, tag, slug, game, region) VALUES ('Old', 'OLD', 'old', '', 'EU'), ('Quiet', 'Q', 'quiet', '', 'EU')`,
    );
    const before = await audit();
    await run(
      url,
      `INSERT INTO teams_team (name, tag, slug, game, region) VALUES ('Inline', 'INL', 'inline', '', 'EU'), ('Perf Test ${TAG} x', 'P', 'p', '', 'EU');
       UPDATE teams_team SET updated_at = now() WHERE name = 'Old';
       INSERT INTO teams_teammembership (team_id, profile_id, role) VALUES (503, 1001, 'OWNER')`,
    );
    const now = await after(before);
    expect(now.legacyWrites).toEqual({
      teams: 2,
      memberships: 1,
      examples: ['legacy team 502 (Old)', 'legacy team 504 (Inline)', 'legacy membership 2002 (Quiet)'],
      unseen: [
        'rows that were deleted',
        'changes of mapped teams that a copy would have made too',
        'changes of legacy memberships that stood before: they carry no time',
      ],
    });
    expect(await linesOf(now)).toContainEqual({
      class: 'legacy-write',
      row: 'legacy team 504 (Inline)',
      origin: 'new',
    });
  });
});

test('a column that is not there is named: a wrong game would not be seen', async () => {
  await run(url, `${WOLVES} ALTER TABLE teams_team RENAME COLUMN game TO game_slug`);
  expect(await audit()).toMatchObject({
    status: 'complete',
    differences: {},
    notCompared: ['public.teams_team.game'],
  });
});

test('what the server refuses is told, not thrown', async () => {
  await run(url, `ALTER TABLE organizations_membership RENAME COLUMN user_id TO somebody`);
  expect(await audit()).toMatchObject({
    status: 'unknown',
    mappings: 0,
    reason: expect.stringContaining('user_id') as unknown,
  });
});
