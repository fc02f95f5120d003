/** When a soak compares all teams: the workflow alone, with answers that are made up, under skipped time. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import type { CompareCopiesInput, SeedQueriesInput } from '../../activities/contract.js';
import { timeSkippingExecutable } from '../../lab/test-server.js';
import type { DatabaseObservation, Observation } from '../../procedure/observations.js';
import type { RowAudit } from '../../procedure/row-audit.js';
import { BUNDLE_PATH } from '../../worker/bundle-path.js';
import type { SoakInput, SoakResult } from '../../workflows/soak.js';
import { RECORDED } from '../support/recorded-go.js';

const COMPLETE: RowAudit = {
  ...{ status: 'complete', reason: null, mappings: 27, newTeams: 51, differences: {}, fresh: {} },
  ...{ ofThisRun: 0, madeWithFlagOff: 0, examples: [], lag: null, marks: null, ms: 1, file: 'x.jsonl' },
  legacyWrites: { teams: 0, memberships: 0, examples: [], unseen: [] },
};
const BROKEN: Partial<RowAudit> = { status: 'unknown', reason: 'statement timeout' };
const FRESH: Partial<RowAudit> = { fresh: { 'field-differs': 1 }, file: 'logs/soak/x.jsonl' };
const MINUTE = 60_000;

let environment: TestWorkflowEnvironment;
let started = 0;

beforeAll(async () => {
  const server = await timeSkippingExecutable();
  if (!server.available) throw new Error(`the time-skipping server is not to be had: ${server.reason}`);
  environment = await TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: server.executable },
  });
});
afterAll(() => environment.teardown());

/** The recorded observation of a soak check, of this time and under this id. */
function recorded<K extends Observation['kind']>(kind: K, id: string): Extract<Observation, { kind: K }> {
  const one = RECORDED.observations.find(
    (candidate): candidate is Extract<Observation, { kind: K }> =>
      candidate.kind === kind && candidate.id.startsWith('soak-'),
  );
  if (one === undefined) throw new Error(`the recorded run has no ${kind} of a soak check`);
  return { ...one, id };
}

interface Soaked {
  readonly result: SoakResult;
  /** Labels of the checks that compared all teams. */
  readonly audited: readonly string[];
}

/** A soak with so many checks, five minutes apart; `audits` are its looks at all teams, the last one over and over. */
async function soak(
  checks: number,
  { every, audits = [{}] }: { readonly every: number | null; readonly audits?: readonly Partial<RowAudit>[] },
): Promise<Soaked> {
  const audited: string[] = [];
  const answers = {
    readServingFlags: ({ observation }: { observation: { id: string } }) =>
      Promise.resolve(recorded('serving-flags', observation.id)),
    compareCopies: ({ observationId }: CompareCopiesInput) =>
      Promise.resolve(recorded('copy', observationId)),
    runSeedQueries: (input: SeedQueriesInput): Promise<DatabaseObservation> => {
      const { audit: _none, ...database } = recorded('database', input.observationId);
      if (input.audit === undefined) return Promise.resolve(database);
      const answer = audits[audited.length] ?? audits.at(-1);
      audited.push(input.label);
      return Promise.resolve({ ...database, audit: { ...COMPLETE, ...answer } });
    },
    readDualWriteLog: ({ observationId }: { observationId: string }) =>
      Promise.resolve({ observation: recorded('log', observationId), next: null }),
  };
  started += 1;
  const taskQueue = `soak-${String(started)}`;
  const worker = await Worker.create({
    connection: environment.nativeConnection,
    ...{ taskQueue, workflowBundle: { codePath: BUNDLE_PATH }, activities: answers },
  });
  const audit = {
    side: 'after',
    ...{ lagBudgetMs: 1000, flagOnSince: '2026-11-27T08:00:00.000Z', baseline: COMPLETE },
  };
  const input = {
    scope: { environment: { name: 'x', digest: 'd' }, evidence: { name: 'x', path: 'x' }, tag: '0a1b2c3d' },
    ...{ thresholds: RECORDED.thresholds, teamIds: [1], log: null, carried: null },
    ...{ durationMs: checks * 5 * MINUTE, intervalMs: 5 * MINUTE },
    ...(every === null ? {} : { audit: { every, input: audit } }),
  } as unknown as SoakInput;
  const result = await worker.runUntil(
    environment.client.workflow.execute<(given: SoakInput) => Promise<SoakResult>>('soak', {
      ...{ taskQueue, workflowId: taskQueue, args: [input] },
    }),
  );
  const history = await environment.client.workflow.getHandle(taskQueue).fetchHistory();
  await Worker.runReplayHistory({ workflowBundle: { codePath: BUNDLE_PATH } }, history, taskQueue);
  return { result, audited };
}

test('at every 12th check, also after it has continued as new', async () => {
  const { result, audited } = await soak(62, { every: 12 });
  expect(result).toMatchObject({ checks: 62, gaps: 0 });
  expect(audited).toEqual(['soak-0012', 'soak-0024', 'soak-0036', 'soak-0048', 'soak-0060', 'soak-end']);
});

test('never, in a soak of a version that did not', async () => {
  expect(await soak(13, { every: null })).toMatchObject({ audited: [], result: { checks: 13, gaps: 0 } });
});

test('a look that came to nothing is a gap, and made again at the next check', async () => {
  const { result, audited } = await soak(9, { every: 4, audits: [BROKEN, {}] });
  expect(audited).toEqual(['soak-0004', 'soak-0005', 'soak-0008', 'soak-end']);
  expect(result).toMatchObject({ checks: 8, gaps: 1 });
});

test('one that always fails is made twice an interval and no more', async () => {
  const { result, audited } = await soak(10, { every: 4, audits: [BROKEN] });
  expect(audited).toEqual(['soak-0004', 'soak-0005', 'soak-0008', 'soak-0009', 'soak-end', 'soak-end']);
  expect(result.observations.at(-1)).toMatchObject({ kind: 'soak', lastAudit: 'soak-end-database' });
  expect(result).toMatchObject({ checks: 6, gaps: 4 });
});

test('at the end of a soak that is shorter than that, and what it finds is handed to the run', async () => {
  const { result, audited } = await soak(2, { every: 12, audits: [FRESH] });
  expect(audited).toEqual(['soak-end']);
  expect(result.observations.slice(-2)).toEqual([
    expect.objectContaining({
      id: 'soak-end-database',
      audit: expect.objectContaining(FRESH) as unknown,
    }),
    expect.objectContaining({
      kind: 'soak',
      lastAudit: 'soak-end-database',
      elapsedMs: expect.any(Number) as unknown,
    }),
  ]);
});

test('a last check that compared all teams is the look at the end', async () => {
  const { result, audited } = await soak(4, { every: 2 });
  expect(audited).toEqual(['soak-0002', 'soak-0004']);
  expect(result.observations.at(-1)).toMatchObject({ lastAudit: 'soak-0004-database' });
});

test('a new difference ends the soak at that check and is handed to the run', async () => {
  const { result, audited } = await soak(20, { every: 3, audits: [{}, FRESH] });
  expect(audited).toEqual(['soak-0003', 'soak-0006']);
  expect(result.checks).toBe(6);
  expect(result.observations).toContainEqual(
    expect.objectContaining({ id: 'soak-0006-database', audit: expect.objectContaining(FRESH) as unknown }),
  );
});

test('a legacy row that no mapping accounts for ends it too', async () => {
  const write: Partial<RowAudit> = {
    legacyWrites: { teams: 0, memberships: 1, examples: ['legacy membership 7 (Wolves)'], unseen: [] },
  };
  expect((await soak(20, { every: 3, audits: [write] })).result.checks).toBe(3);
});
