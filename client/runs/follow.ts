import type { JournalLine, RunStatus, WaitingStatus } from '../../procedure/status.js';
import { EXIT } from '../exit-codes.js';
import { UserError } from '../user-error.js';
import type { StatusAnswer } from './ask-status.js';
import { brokenTask, type FoundRun } from './found-run.js';

/** One look at a run: what Temporal knows, and what a worker answered. */
export type Look =
  | { readonly kind: 'seen'; readonly run: FoundRun; readonly answer: StatusAnswer }
  | { readonly kind: 'unreachable'; readonly detail: string };

/** Where the looks come from; a fake one in tests. */
export interface RunSource {
  /** Looks at this run once. */
  look(runId: string): Promise<Look>;
  /** The run that took a closed one's place under the same workflow id (a reset); `null` when there is none. */
  successor(closed: FoundRun): Promise<FoundRun | null>;
  /** Waits until the next look is due. */
  rest(): Promise<void>;
  now(): number;
}

/** What is shown while following. */
export interface FollowView {
  journal(line: JournalLine): void;
  waiting(waiting: WaitingStatus, status: RunStatus): void;
  progress(status: RunStatus): void;
  /** Something about the following itself: no worker, no Temporal, a reset. */
  note(text: string): void;
  stalled(text: string): void;
}

const SILENCE_TOLD_AFTER_MS = 5000;
const UNREACHABLE_LIMIT_MS = 120_000;

/** Follows a run until it has closed, over missing workers, lost connections and resets; returns it as it closed. */
export async function followRun(source: RunSource, first: FoundRun, view: FollowView): Promise<FoundRun> {
  let runId = first.runId;
  const shown = new Shown(view);
  const stall = new Stall(source, view);
  for (;;) {
    const look = await source.look(runId);
    stall.hear(look);
    if (look.kind === 'seen') {
      if (look.answer.kind === 'status') shown.show(look.answer.status, look.run.open);
      if (!look.run.open) {
        const next = await source.successor(look.run);
        if (next === null) return look.run;
        view.note(`The run was reset: it goes on as run ${next.runId}.`);
        runId = next.runId;
        continue;
      }
    }
    await source.rest();
  }
}

/** Lines of the journal that come after the last shown one; all of them when that one is no longer there. */
export function newLines(last: JournalLine | null, journal: readonly JournalLine[]): readonly JournalLine[] {
  if (last === null) return journal;
  return journal.slice(journal.findLastIndex((line) => line.at === last.at && line.text === last.text) + 1);
}

/** Remembers what was shown, so that every line and every gate is shown once. */
class Shown {
  readonly #view: FollowView;
  #last: JournalLine | null = null;
  #waiting = '';

  constructor(view: FollowView) {
    this.#view = view;
  }

  show(status: RunStatus, open: boolean): void {
    for (const line of newLines(this.#last, status.journal)) {
      this.#view.journal(line);
      this.#last = line;
    }
    if (!open) return;
    const { waiting } = status;
    const key = waiting === null ? '' : `${waiting.title} ${waiting.since} ${waiting.digest ?? ''}`;
    if (waiting !== null && key !== this.#waiting) this.#view.waiting(waiting, status);
    this.#waiting = key;
    this.#view.progress(status);
  }
}

/** Tells once that nobody answers, keeps telling for how long, and gives up only on Temporal itself. */
class Stall {
  readonly #source: RunSource;
  readonly #view: FollowView;
  #since: number | null = null;
  #kind = '';
  #told = false;

  constructor(source: RunSource, view: FollowView) {
    this.#source = source;
    this.#view = view;
  }

  hear(look: Look): void {
    const trouble = troubleOf(look);
    if (trouble === null || (look.kind === 'seen' && !look.run.open)) {
      if (this.#told && trouble === null) this.#view.note('A worker answers again.');
      this.#since = null;
      this.#told = false;
      return;
    }
    if (this.#since === null || this.#kind !== trouble.kind) {
      this.#since = this.#source.now();
      this.#kind = trouble.kind;
      this.#told = false;
    }
    const waited = this.#source.now() - this.#since;
    if (trouble.kind === 'unreachable' && waited > UNREACHABLE_LIMIT_MS) {
      throw new UserError(`Temporal has not answered for ${seconds(waited)}: ${trouble.detail}`, {
        exitCode: EXIT.unreachable,
        next: 'The run is kept and goes on when Temporal is back; watch it again then.',
      });
    }
    if (waited >= SILENCE_TOLD_AFTER_MS && !this.#told) {
      this.#told = true;
      this.#view.note(trouble.told);
    }
    if (waited >= 2000) this.#view.stalled(`${trouble.short} … ${seconds(waited)}`);
  }
}

interface Trouble {
  readonly kind: 'silent' | 'broken' | 'unreachable';
  readonly detail: string;
  readonly told: string;
  readonly short: string;
}

function troubleOf(look: Look): Trouble | null {
  if (look.kind === 'unreachable') return noTemporal(look.detail);
  if (look.answer.kind === 'status') return null;
  const { detail } = look.answer;
  if (look.answer.kind === 'unreachable') return noTemporal(detail);
  const broken = brokenTask(look.run.failedTasks);
  if (broken !== null) {
    return {
      kind: 'broken',
      detail,
      told: `No answer: ${broken}`,
      short: 'waiting for a worker that can go on with the run',
    };
  }
  const told = `No worker answers for this run (${detail}). The run is kept and goes on as soon as one returns: readiness worker`;
  return { kind: 'silent', detail, told, short: 'waiting for a worker' };
}

function noTemporal(detail: string): Trouble {
  const told = `Temporal does not answer (${detail}). Still trying; the run is not lost.`;
  return { kind: 'unreachable', detail, told, short: 'waiting for Temporal' };
}

const seconds = (milliseconds: number): string => `${String(Math.floor(milliseconds / 1000))} s`;
