import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from '@jest/globals';
import { WorkflowNotFoundError, type WorkflowHandle } from '@temporalio/client';
import { verifyFolder } from '../../client/verify/verify-folder.js';
import { drawBlow, randomOf, strike, type Blow } from './chaos.js';
import type { Rig } from './rig.js';
import { recordOf } from './steering.js';

const MOMENTS_A_RUN = 25;
/** Events of the history between two blows, at most. */
const EVENTS_BETWEEN = 10;
/** Samples of the performance test, measured and warm-up, that the rig's environment asks for. */
export const SAMPLES = { measured: 3, warmUp: 1 };
/** From its start, within which a run that was struck two dozen times is over: the slowest seen took half of it. */
export const RUN_MS = 8 * 60_000;
/** What people do through Temporal may be on its way when Temporal is killed; then they try again. */
const ORDER_MS = 10_000;

/** How a run is meant to end, whatever else strikes it. */
const ENDINGS = ['complete', 'complete', 'complete', 'cancel', 'terminate', 'rollback', 'reject'] as const;
type Ending = (typeof ENDINGS)[number];

/** What one run under blows was like. */
export interface Storm {
  /** Every blow with the moment, for whoever has to play it again. */
  readonly story: string;
  readonly moments: number;
  /** Milliseconds until the run answered again, after every other blow. */
  readonly recoveries: readonly number[];
  /** Outcome and how the workflow closed. */
  readonly end: string;
}

/** One run, struck at moments drawn from the seed until it is over; then looked at from outside. */
export async function storm(rig: Rig, seed: number): Promise<Storm> {
  return new Course(rig).sail(seed);
}

class Course {
  constructor(private readonly rig: Rig) {}

  async sail(seed: number): Promise<Storm> {
    const deadline = Date.now() + RUN_MS;
    const random = randomOf(seed);
    const ending = ENDINGS[Math.floor(random() * ENDINGS.length)] ?? 'complete';
    const endsAfter = Math.floor(random() * 18);
    const stopsBefore = await this.rig.orderedStops();
    const run = await this.rig.run({ soak: '12s', soakInterval: '2s', cleanup: random() < 0.5 });
    const over = this.endOf(run);
    const driver = this.drive(run, { ending, over });
    const blows: string[] = [];
    const recoveries: number[] = [];
    let moments = 0;
    for (let count = 0; count < MOMENTS_A_RUN && !over.done && Date.now() < deadline; count += 1) {
      const length = await this.after(run, 1 + Math.floor(random() * EVENTS_BETWEEN), over);
      if (over.done) break;
      if (count === endsAfter) {
        await this.bring(run, { ending, over });
        blows.push(`${ending} at event ${String(length)}`);
      }
      const blow: Blow = drawBlow(random);
      blows.push(`${blow} at event ${String(length)}`);
      await strike(this.rig, blow, random);
      moments += 1;
      // Every other time the next blow falls while the system is still recovering from this one.
      if (random() < 0.5) recoveries.push(await this.untilItAnswers(run));
    }
    const story = `seed ${String(seed)}: ${blows.join(', ')}`;
    const left = Math.max(0, deadline - Date.now());
    const ended = await Promise.race([over.promise, pause(left, null, { ref: false })]);
    over.done = true;
    if (ended === null) {
      const state = await this.ask(() => this.rig.status(run)).catch(String);
      throw new Error(`the run did not end. ${story}. It says: ${JSON.stringify(state)}`);
    }
    await driver;
    const end = await this.invariants({
      run,
      story,
      restarts: (await this.rig.orderedStops()) - stopsBefore,
    });
    return { story, moments, recoveries, end };
  }

  /** Over = the run is closed, and so is the guardian. */
  private endOf(run: WorkflowHandle): Over {
    const closed = async (handle: Pick<WorkflowHandle, 'describe'>): Promise<boolean> =>
      this.ask(() => handle.describe()).then(
        ({ status }) => status.name !== 'RUNNING',
        (error: unknown) => error instanceof WorkflowNotFoundError,
      );
    const ended = async (): Promise<true> => {
      // Twice: between the two looks nobody takes over.
      for (let times = 0; times < 2; times += 1) {
        while (!(await closed(run)) || !(await closed(this.guardian()))) {
          times = 0;
          await pause(200);
        }
        await pause(300);
      }
      return true;
    };
    const over: Over = { done: false, promise: ended() };
    void over.promise.then(() => (over.done = true));
    return over;
  }

  /** Ends the run as it is meant to end, as soon as Temporal takes it. */
  private async bring(run: WorkflowHandle, { ending, over }: Plan): Promise<void> {
    const acts: Readonly<Record<Ending, () => Promise<unknown>>> = {
      complete: () => Promise.resolve(),
      reject: () => Promise.resolve(),
      cancel: () => run.cancel(),
      terminate: () => run.terminate('struck'),
      rollback: () => run.signal('rollback', { by: 'Ada', reason: 'in the middle of a storm' }),
    };
    while (!over.done) {
      const done = await this.ask(acts[ending]).then(
        () => true,
        (error: unknown) => error instanceof WorkflowNotFoundError,
      );
      if (done) return;
      await pause(100);
    }
  }

  /** Approves gates, retries at attention (a few times, then rolls back), as people do. */
  private async drive(run: WorkflowHandle, { ending, over }: Plan): Promise<void> {
    let answered = '';
    let retries = 0;
    while (!over.done) {
      const status = await this.ask(() => this.rig.status(run)).catch(() => null);
      const waiting = status?.waiting ?? null;
      const key = `${waiting?.kind ?? ''} ${waiting?.since ?? ''}`;
      if (waiting !== null && key !== answered) {
        const taken = await this.ask(() => answer(waiting)).catch(() => false);
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
        const rejects = ending === 'reject' && waiting.gate === 'soak';
        await run.executeUpdate(rejects ? 'reject' : 'approve', { args: [payload] });
      } else {
        retries += 1;
        await run.executeUpdate(retries > 6 ? 'rollback' : 'retry', { args: [who] });
      }
      return true;
    }
  }

  /** Waits until the histories of run and guardian have grown by so many events; returns their length. */
  private async after(run: WorkflowHandle, events: number, over: Over): Promise<number> {
    const lengthOf = (handle: Pick<WorkflowHandle, 'describe'>): Promise<number> =>
      this.ask(() => handle.describe()).then(
        ({ historyLength }) => historyLength,
        () => 0,
      );
    const length = async (): Promise<number> => (await lengthOf(run)) + (await lengthOf(this.guardian()));
    const from = await length();
    const deadline = Date.now() + 15_000;
    for (;;) {
      const now = await length();
      if (over.done || now >= from + events || Date.now() > deadline) return now;
      await pause(25);
    }
  }

  /** Milliseconds until a query is answered: Temporal is there, and a worker that can take the run up. */
  private async untilItAnswers(run: WorkflowHandle): Promise<number> {
    const since = Date.now();
    for (;;) {
      const answers = await this.rig.client
        .withDeadline(Date.now() + 2000, () => this.rig.status(run))
        .then(
          () => true,
          () => false,
        );
      if (answers || Date.now() - since > 60_000) return Date.now() - since;
      await pause(20);
    }
  }

  /** What the target, the database and the evidence show. */
  private async invariants({ run, story, restarts }: Ended): Promise<string> {
    const { evidence } = await this.rig.status(run);
    const { status } = await run.describe();
    if (evidence === null) {
      // Ended by whoever before it had a folder: nothing was made or changed.
      expect({ story, status: status.name, restarts }).toEqual({
        story,
        status: expect.stringMatching(/^(TERMINATED|CANCELLED|FAILED)$/) as unknown,
        restarts: 0,
      });
      expect(await this.served()).not.toContain('true');
      return `no evidence yet (${status.name})`;
    }
    const folder = join(this.rig.lab.folder, 'repository', evidence);
    const record = await recordOf(folder);
    const { tag } = record.plan;
    const { outcome } = record;
    const flags = await this.served();
    const kept = outcome === 'COMPLETED';
    expect({ story, on: flags.includes('true'), off: flags.includes('false') }).toEqual({
      story,
      on: kept,
      off: !kept,
    });
    expect({ story, outcome }).toEqual({
      story,
      outcome: expect.stringMatching(/^(COMPLETED|ROLLED_BACK|REJECTED)$/) as unknown,
    });
    if (outcome === 'ROLLED_BACK')
      expect({ story, rollback: record.rollback?.complete }).toEqual({ story, rollback: true });
    // One restart to enable, one to take back: no flag was set twice. When the application itself is killed in the middle
    // of being taken back, that restart has failed and another one is due.
    const spoilt = kept ? 0 : story.split('application killed').length - 1;
    const most = (kept ? 1 : 2) + spoilt;
    expect({ story, many: restarts > most ? restarts : 0 }).toEqual({ story, many: 0 });
    // No second team under one name, and none that the run did not ask for.
    const smoke = await this.rig.database.query<{ name: string; count: string }>(
      'SELECT name, count(*) FROM organizations_team WHERE name LIKE $1 GROUP BY name HAVING count(*) > 1',
      [`%${tag}%`],
    );
    expect({ story, twice: smoke.rows }).toEqual({ story, twice: [] });
    expect((await this.rig.teams(`Perf Test ${tag} %`)).vnext).toBeLessThanOrEqual(
      2 * (SAMPLES.measured + SAMPLES.warmUp),
    );
    // The evidence is whole.
    const { differences } = await verifyFolder(folder);
    expect({ story, differences }).toEqual({ story, differences: [] });
    expect(new Set(record.decisions.map(({ digest }) => digest)).size).toBe(record.decisions.length);
    return `${String(outcome)} (${status.name})`;
  }

  /** The flags once the application serves again. */
  private async served(): Promise<string[]> {
    const deadline = Date.now() + 120_000;
    for (;;) {
      const flags = await this.rig.servedFlags().catch((): string[] => []);
      if (flags.length > 1 || Date.now() > deadline) return flags;
      await pause(200);
    }
  }

  /** One call to Temporal, which may be dead. */
  private ask<T>(call: () => Promise<T>): Promise<T> {
    return this.rig.client.withDeadline(Date.now() + ORDER_MS, call);
  }

  private guardian(): WorkflowHandle {
    return this.rig.client.workflow.getHandle('environment-lab');
  }
}

interface Over {
  done: boolean;
  promise: Promise<true>;
}

interface Plan {
  readonly ending: Ending;
  readonly over: Over;
}

interface Ended {
  readonly run: WorkflowHandle;
  readonly story: string;
  /** Restarts of the application that somebody ordered. */
  readonly restarts: number;
}
