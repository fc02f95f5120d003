/**
 * Whatever is killed at whatever moment changes when a run ends, not how. Seeded: READINESS_KILL_SEED replays a run of the
 * suite, READINESS_KILLS sets how many moments are tried.
 */
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import { verifyFolder } from '../../client/verify/verify-folder.js';
import { drawBlow, randomOf, strike, type Blow } from '../support/chaos.js';
import { Rig, type RunEnd } from '../support/rig.js';
import { recordOf } from '../support/steering.js';

const MOMENTS = Number(process.env['READINESS_KILLS'] ?? 50);
const SEED = Number(process.env['READINESS_KILL_SEED'] ?? Date.now() % 1_000_000);
const MOMENTS_A_RUN = 25;
/** Events of the history between two blows, at most. */
const EVENTS_BETWEEN = 10;
const RUNS = Math.ceil(MOMENTS / MOMENTS_A_RUN);
const MEASURED = 3;
const WARM_UP = 1;
/** A run that was struck a dozen times is over by then. */
const RUN_MS = 8 * 60_000;

let rig: Rig;
const outcomes = new Map<string, number>();
let struck = 0;
let slowest = 0;

beforeAll(async () => {
  rig = await Rig.start({
    environment: { samples: { measured: MEASURED, warmUp: WARM_UP } },
    worker: { READINESS_SWEEP: '5s' },
  });
});
afterAll(async () => {
  const seen = [...outcomes].map(([outcome, count]) => `${outcome} ${String(count)}`).join(', ');
  tell(
    `kill moments: ${String(struck)}, seed ${String(SEED)}; outcomes: ${seen}; slowest recovery ${String(slowest)} ms`,
  );
  await rig.close();
});
afterEach(() => rig.reset());

function tell(line: string): void {
  process.stdout.write(`${line}\n`);
  const file = process.env['READINESS_KILLS_LOG'];
  if (file !== undefined) appendFileSync(file, `${line}\n`);
}

test.each(Array.from({ length: RUNS }, (_, index) => SEED + index))(
  'seed %i',
  async (seed) => {
    const random = randomOf(seed);
    const stopsBefore = await rig.orderedStops();
    const run = await rig.run({ soak: '12s', soakInterval: '2s', cleanup: random() < 0.5 });
    const over = endOf(run);
    const driver = drive(run, over);
    const blows: string[] = [];
    for (let count = 0; count < MOMENTS_A_RUN && !over.done; count += 1) {
      const length = await after(run, 1 + Math.floor(random() * EVENTS_BETWEEN), over);
      if (over.done) break;
      const blow: Blow = drawBlow(random);
      blows.push(`${blow} at event ${String(length)}`);
      await strike(rig, blow, random);
      struck += 1;
      // Every other time the next blow falls while the system is still recovering from this one.
      if (random() < 0.5) continue;
      const since = Date.now();
      await after(run, 1, over);
      slowest = Math.max(slowest, Date.now() - since);
    }
    const ended = await Promise.race([over.promise, pause(RUN_MS, null, { ref: false })]);
    over.done = true;
    await driver;
    const story = `seed ${String(seed)}: ${blows.join(', ')}`;
    if (ended === null) throw new Error(`the run did not end. ${story}`);
    const { result } = ended;
    tell(`${story} → ${result.outcome}, verdict ${result.verdict}`);
    outcomes.set(result.outcome, (outcomes.get(result.outcome) ?? 0) + 1);
    await invariants({ ended, story, restarts: (await rig.orderedStops()) - stopsBefore });
  },
  RUN_MS + 120_000,
);

interface Over {
  done: boolean;
  promise: Promise<RunEnd>;
}

function endOf(run: WorkflowHandle): Over {
  const over: Over = { done: false, promise: ended(run) };
  over.promise.then(
    () => (over.done = true),
    () => (over.done = true),
  );
  return over;
}

/** Temporal may be killed while its answer is waited for. */
async function ended(run: WorkflowHandle): Promise<RunEnd> {
  for (;;) {
    const closed = await run.describe().then(
      ({ status }) => status.name !== 'RUNNING',
      () => false,
    );
    if (closed) return rig.end(run);
    await pause(200);
  }
}

/** Approves gates, retries at attention (a few times, then rolls back), as people do. */
async function drive(run: WorkflowHandle, over: Over): Promise<void> {
  let answered = '';
  let retries = 0;
  while (!over.done) {
    const waiting = (await rig.status(run).catch(() => null))?.waiting ?? null;
    const key = `${waiting?.kind ?? ''} ${waiting?.since ?? ''}`;
    if (waiting !== null && key !== answered) {
      const taken = await answer(waiting).catch(() => false);
      if (taken) answered = key;
    }
    await pause(150);
  }
  async function answer(
    waiting: NonNullable<Awaited<ReturnType<Rig['status']>>['waiting']>,
  ): Promise<boolean> {
    const who = { by: 'Ada', reason: 'looked at it' };
    if (waiting.kind === 'gate') {
      const payload = { gate: waiting.gate, digest: waiting.digest, ...who };
      await run.executeUpdate('approve', { args: [payload] });
    } else {
      retries += 1;
      await run.executeUpdate(retries > 6 ? 'rollback' : 'retry', { args: [who] });
    }
    return true;
  }
}

/** Waits until the history has grown by so many events; returns its length. */
async function after(run: WorkflowHandle, events: number, over: Over): Promise<number> {
  const length = async (): Promise<number> =>
    run.describe().then(
      ({ historyLength }) => historyLength,
      () => 0,
    );
  const from = await length();
  const deadline = Date.now() + 15_000;
  for (;;) {
    const now = await length();
    if (over.done || now >= from + events || Date.now() > deadline) return now;
    await pause(25);
  }
}

interface Ended {
  readonly ended: RunEnd;
  readonly story: string;
  /** Restarts of the application that somebody ordered. */
  readonly restarts: number;
}

/** What the target, the database and the evidence show. */
async function invariants({ ended: { result }, story, restarts }: Ended): Promise<void> {
  const record = await recordOf(result.evidence?.path ?? '');
  const { tag } = record.plan;
  const flags = await served();
  const kept = result.outcome === 'COMPLETED';
  expect({ story, on: flags.includes('true'), off: flags.includes('false') }).toEqual({
    story,
    on: kept,
    off: !kept,
  });
  expect(['COMPLETED', 'ROLLED_BACK', 'REJECTED', 'REFUSED']).toContain(result.outcome);
  if (result.outcome === 'ROLLED_BACK')
    expect({ story, rollback: result.rollback?.complete }).toEqual({ story, rollback: true });
  // One restart to enable, one to take back: no flag was set twice.
  expect({ story, many: restarts > (kept ? 1 : 2) ? restarts : 0 }).toEqual({ story, many: 0 });
  // No second team under one name, and none that the run did not ask for.
  const smoke = await rig.database.query<{ name: string; count: string }>(
    'SELECT name, count(*) FROM organizations_team WHERE name LIKE $1 GROUP BY name HAVING count(*) > 1',
    [`%${tag}%`],
  );
  expect({ story, twice: smoke.rows }).toEqual({ story, twice: [] });
  expect((await rig.teams(`Perf Test ${tag} %`)).vnext).toBeLessThanOrEqual(2 * (MEASURED + WARM_UP));
  // The evidence is whole, and tells the same.
  expect(record.outcome).toBe(result.outcome);
  const verification = await verifyFolder(join(result.evidence?.path ?? ''));
  expect({ story, ok: verification.verified }).toEqual({ story, ok: true });
  expect(new Set(record.decisions.map(({ digest }) => digest)).size).toBe(record.decisions.length);
}

/** The flags once the application serves again. */
async function served(): Promise<string[]> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const flags = await rig.servedFlags().catch((): string[] => []);
    if (flags.length > 1 || Date.now() > deadline) return flags;
    await pause(200);
  }
}
