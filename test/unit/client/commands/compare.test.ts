import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Observation } from '../../../../procedure/observations.js';
import { RECORDED, RECORDED_SAMPLES } from '../../../support/recorded-go.js';
import { run } from '../harness.js';

const { freshness, thresholds, observations } = RECORDED;
const RECORD = {
  format: 1,
  runId: 'run-1',
  plan: { samples: RECORDED_SAMPLES, freshness, thresholds },
  phases: [{ phase: 'soak' }],
  findings: [] as object[],
  verdict: 'GO',
  verdictReasons: [],
  observations,
};

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'readiness-unit-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function compare(first: object, second: object, ...options: string[]): ReturnType<typeof run> {
  for (const [name, record] of Object.entries({ first, second })) {
    await mkdir(join(folder, name), { recursive: true });
    await writeFile(join(folder, name, 'run.json'), JSON.stringify(record));
  }
  return run([...options, 'compare', join(folder, 'first'), join(folder, 'second')]);
}
const changed = (id: string, change: Partial<Observation>): Observation[] =>
  observations.map((one) => (one.id === id ? ({ ...one, ...change } as Observation) : one));

test('a run compared with itself differs in nothing', async () => {
  const ran = await compare(RECORD, RECORD);
  expect(ran.exitCode).toBe(0);
  expect(ran.out).toContain('Verdict: GO → GO');
  expect(ran.out).toContain('Plan: planned alike.');
  expect(ran.out).toContain('Findings: the same.');
  expect(ran.out).toContain('Results: the same.');
});

test('tells another verdict, a finding that is new, a copy that failed and another plan', async () => {
  const finding = { rule: 'copy-failed', severity: 'LOW', action: 'continue', verdict: 'NO_GO', proof: [] };
  const ran = await compare(RECORD, {
    ...RECORD,
    runId: 'run-2',
    verdict: 'NO_GO',
    findings: [finding],
    plan: { ...RECORD.plan, samples: { measured: 100, warmUp: 3 } },
    observations: changed('after-flow3-rows', { status: 'missing', copied: 0 }),
  });
  expect(ran.out).toContain('Verdict: GO → NO_GO');
  expect(ran.out).toMatch(/copy-failed +- +LOW, continue/);
  expect(ran.out).toMatch(/copies, flow 3 +copied +missing, 0 of 1/);
  expect(ran.out).toMatch(/samples\.measured +3 +100/);
  expect(ran.exitCode).toBe(0);
});

test('the other writes of the performance test, all teams, query counts and the soak are results of their own', async () => {
  const creates = observations.find((one) => one.id === 'after-performance-rows');
  const others = {
    ...creates,
    id: 'after-performance-writes-rows',
    attempted: 90,
    copied: 88,
    status: 'wrong',
  };
  const queries = {
    ...{ kind: 'queries', id: 'after-queries', at: creates?.at, source: 'framework', side: 'after' },
    ...{ status: 'counted', dualWrite: true, reason: null },
    operations: [{ operation: 'team_create', request: 9, transaction: 2, hooks: 1, commitHooks: 4 }],
  };
  const database = observations.find((one) => one.id === 'after-database');
  const audit = {
    ...{ status: 'complete', reason: null, mappings: 9, newTeams: 9, ofThisRun: 0, madeWithFlagOff: 0 },
    ...{
      differences: { 'wrong-role': 2 },
      fresh: {},
      examples: [],
      lag: null,
      marks: null,
      ms: 1,
      file: 'x',
    },
    legacyWrites: { teams: 0, memberships: 0, examples: [], unseen: [] },
  };
  const end = { ...database, id: 'soak-end-database' };
  const soaked = (fresh: object, gaps: number): Observation[] => [
    ...observations.map((one) =>
      one.kind === 'soak' ? { ...one, gaps, lastAudit: 'soak-end-database' } : one,
    ),
    { ...end, audit: { ...audit, fresh } } as unknown as Observation,
  ];
  const ran = await compare(
    { ...RECORD, observations: soaked({}, 0) },
    {
      ...RECORD,
      observations: [...soaked({ 'wrong-role': 1 }, 1), others as Observation, queries as Observation],
    },
  );
  expect(ran.out).toMatch(/copies, other writes of the performance test +- +wrong, 88 of 90/);
  // Those of the creates are what they were.
  expect(ran.out).not.toMatch(/copies, performance /);
  expect(ran.out).toMatch(/queries of team_create, after +- +9/);
  expect(ran.out).toMatch(/all teams, end of soak +no difference +wrong-role 1/);
  expect(ran.out).toMatch(/soak\.gaps +0 +1/);
});

test.each([
  { interval: [40, 60], note: 'slower: 1.3 to 3.0 times' },
  { interval: [10, 15], note: 'faster: 0.3 to 0.8 times' },
  { interval: [18, 32], note: 'no proven difference: 0.6 to 1.6 times' },
  { interval: null, note: 'too few samples to tell' },
] as const)('latency with the interval $interval is $note', async ({ interval, note }) => {
  const first = { ...RECORD, observations: changed('after-latency', { p95IntervalMs: [20, 30] } as never) };
  const second = { ...RECORD, observations: changed('after-latency', { p95IntervalMs: interval }) };
  const ran = await compare(first, second, '--json');
  const { latency } = JSON.parse(ran.out) as { latency: { what: string; note: string }[] };
  expect(latency.find((one) => one.what.endsWith('on'))?.note).toBe(note);
});

test('an observation that no run wrote is told, without a stack', async () => {
  const broken = observations.map((one) => (one.id === 'after-flow3-rows' ? { ...one, write: {} } : one));
  const findings = [{ rule: { hostile: true }, severity: 1 }];
  const ran = await compare(RECORD, { ...RECORD, observations: broken, findings });
  expect(ran.exitCode === 0 || /cannot be judged/.test(ran.err)).toBe(true);
  const worse = observations.map((one) =>
    one.kind === 'latency' ? { ...one, p95IntervalMs: [{}, null] } : one,
  );
  const told = await compare(RECORD, { ...RECORD, observations: [...worse, null] });
  expect(told.exitCode).toBe(2);
  expect(told.err).not.toMatch(/\n\s*at /);
});

test('what is no record of a run is told with the folder', async () => {
  const ran = await compare(RECORD, { format: 1 });
  expect(ran.exitCode).toBe(2);
  expect(ran.err).toMatch(/second.* is no record of a run/);
});
