import { activityInfo, cancellationSignal, heartbeat } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { LoadedEnvironment } from '../../environment/settings.js';
import { createLogParser } from '../../procedure/log-events.js';
import type { LogObservation } from '../../procedure/observations.js';
import type { FollowLogInput, FollowLogOutput } from '../contract.js';
import { logSourceOf } from '../logs/create-log-source.js';
import type { LogSource } from '../logs/log-source.js';
import { textOf } from '../support/failure.js';
import { redact } from '../support/redact.js';
import { BoundedRead } from './bounded-read.js';
import { FollowedLines, saveLines, type FollowProgress } from './followed-lines.js';
import { LogSight } from './log-sight.js';
import { pace } from './pace.js';

const POLL_MS = 250;
const BEAT_MS = 1000;
/** A read that is under way when the time is over may still bring something. */
const LATE_MS = 30_000;
/** What stands behind a critical line is read too, but not waited for. */
const HURRY_MS = 500;

/**
 * Follows the log from a cursor on. A line may be counted twice when a worker dies, never lost: what is handed to the
 * next attempt is a cursor together with the count of the lines before it, which stand in the evidence already. It beats by
 * the clock, however long one read takes: an attempt that is taken for dead would lose what it saw, and the next one too.
 */
export async function followLog(
  environment: LoadedEnvironment,
  input: FollowLogInput,
  source: LogSource = logSourceOf(environment),
): Promise<FollowLogOutput> {
  const signal = cancellationSignal();
  const info = activityInfo();
  const before = info.heartbeatDetails as FollowProgress | undefined;
  const lines = new FollowedLines(before ?? null);
  const sight = new LogSight(before?.unseen ?? []);
  const parse = createLogParser(environment.settings.log.patterns.critical);
  const notes = new Set<string>();
  const until = performance.now() + input.maxMs;
  let next = before?.next ?? input.from;
  let kept = lines.progress(next);
  const beat = (): void => {
    heartbeat({ ...kept, unseen: sight.unseen() });
  };
  /** What is in the evidence is behind us for good; a full disk must neither hide a critical line nor stop the watch. */
  const keep = async (): Promise<void> => {
    try {
      const now = lines.progress(next);
      await saveLines(input, { lines, attempt: info.attempt });
      kept = now;
    } catch (error) {
      notes.add(`lines are not in the evidence: ${textOf(error)}`);
    }
    beat();
  };
  /** One read; whatever is given after it was left behind is given again by the next one. */
  const read = async (): Promise<void> => {
    const began = performance.now();
    let over = false;
    const onLine = (line: string): void => {
      const event = over ? null : parse(line);
      if (event === null) return;
      lines.add(event);
      if (event.critical !== null) bounded.hurry(HURRY_MS);
    };
    const bounded = new BoundedRead((stop) => source.read(next, onLine, stop), {
      ...{ signal, milliseconds: Math.min(sight.blindAt(began), until + LATE_MS) - began },
    });
    try {
      const { next: behind, note, unread, lost } = await bounded.result;
      next = behind;
      if (note !== null) notes.add(note);
      if (lost === true) lines.lost = true;
      // What a read that was broken off has left is not unreadable.
      if (!signal.aborted && lines.counts.critical === 0) sight.saw(began, unread);
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof ApplicationFailure)) throw error;
      sight.failed(began, error.message);
    } finally {
      over = true;
    }
  };
  beat();
  const timer = setInterval(beat, BEAT_MS);
  let saved = performance.now();
  try {
    while (lines.counts.critical === 0 && !signal.aborted && !sight.isBlind && performance.now() < until) {
      await read();
      if (lines.counts.critical > 0 || signal.aborted) break;
      if (performance.now() - saved >= BEAT_MS) {
        await keep();
        saved = performance.now();
      }
      await pace(source.pollMs ?? POLL_MS, signal);
    }
    await keep();
  } finally {
    clearInterval(timer);
  }
  const ended: FollowLogOutput['ended'] =
    lines.counts.critical > 0 ? 'critical' : signal.aborted ? 'cancelled' : sight.isBlind ? 'blind' : 'time';
  return { observation: observed(input, lines, { sight, notes }), next, ended };
}

function observed(
  input: FollowLogInput,
  { counts, critical, criticalTexts, lost }: FollowedLines,
  { sight, notes }: { readonly sight: LogSight; readonly notes: ReadonlySet<string> },
): LogObservation {
  const any = Object.values(counts).some((count) => count > 0);
  const reason = [critical, sight.reason, ...notes, ...sight.notes]
    .filter((part) => part !== null)
    .join('; ');
  return {
    kind: 'log',
    id: input.observationId,
    at: new Date().toISOString(),
    source: 'log',
    side: 'after',
    write: 'watch',
    operation: null,
    status: counts.failed > 0 ? 'failed' : sight.isBlind ? 'unreadable' : any ? 'seen' : 'silent',
    counts: { ...counts },
    ...(criticalTexts.length === 0 ? {} : { criticalTexts }),
    ...(lost ? { lost: true } : {}),
    reason: reason === '' ? null : redact(reason),
  };
}
