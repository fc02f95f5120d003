import { activityInfo, cancellationSignal, heartbeat } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { LoadedEnvironment } from '../../environment/settings.js';
import { createLogParser } from '../../procedure/log-events.js';
import type { LogObservation } from '../../procedure/observations.js';
import type { FollowLogInput, FollowLogOutput } from '../contract.js';
import { logSourceOf } from '../logs/create-log-source.js';
import { textOf } from '../support/failure.js';
import { redact } from '../support/redact.js';
import { FollowedLines, saveLines, type FollowProgress } from './followed-lines.js';
import { pace } from './pace.js';

const POLL_MS = 250;
const BEAT_MS = 1000;
/** Unreadable for so long is told; a rotation takes less. */
const BLIND_MS = 60_000;

/**
 * Follows the log from a cursor on. A line may be counted twice when a worker dies, never lost: what is handed to the
 * next attempt is a cursor together with the count of the lines before it, which stand in the evidence already.
 */
export async function followLog(
  environment: LoadedEnvironment,
  input: FollowLogInput,
): Promise<FollowLogOutput> {
  const signal = cancellationSignal();
  const info = activityInfo();
  const before = info.heartbeatDetails as FollowProgress | undefined;
  const lines = new FollowedLines(before ?? null);
  const parse = createLogParser(environment.settings.log.patterns.critical);
  const source = logSourceOf(environment);
  const notes = new Set<string>();
  const until = performance.now() + input.maxMs;
  let next = before?.next ?? input.from;
  let kept = lines.progress(next);
  let blind: { readonly since: number; readonly reason: string } | null = null;
  /** What is in the evidence is behind us for good; a full disk must neither hide a critical line nor stop the watch. */
  const keep = async (): Promise<void> => {
    try {
      await saveLines(input, { lines, attempt: info.attempt });
      kept = lines.progress(next);
    } catch (error) {
      notes.add(`lines are not in the evidence: ${textOf(error)}`);
    }
    heartbeat(kept);
  };
  const isBlind = (): boolean => blind !== null && performance.now() - blind.since >= BLIND_MS;
  heartbeat(kept);
  let beaten = performance.now();
  while (lines.counts.critical === 0 && !signal.aborted && !isBlind() && performance.now() < until) {
    try {
      const onLine = (line: string): void => {
        const event = parse(line);
        if (event !== null) lines.add(event);
      };
      const read = await source.read(next, onLine, signal);
      next = read.next;
      if (read.note !== null) notes.add(read.note);
      blind = null;
    } catch (error) {
      if (signal.aborted) break;
      if (!(error instanceof ApplicationFailure)) throw error;
      blind ??= { since: performance.now(), reason: error.message };
    }
    if (lines.counts.critical > 0) break;
    if (performance.now() - beaten >= BEAT_MS) {
      await keep();
      beaten = performance.now();
    }
    await pace(source.pollMs ?? POLL_MS, signal);
  }
  await keep();
  const unreadable = isBlind() ? (blind?.reason ?? null) : null;
  const ended =
    lines.counts.critical > 0
      ? 'critical'
      : signal.aborted
        ? 'cancelled'
        : unreadable !== null
          ? 'blind'
          : 'time';
  return { observation: observed(input, lines, { unreadable, notes }), next, ended };
}

function observed(
  input: FollowLogInput,
  { counts, critical }: FollowedLines,
  { unreadable, notes }: { readonly unreadable: string | null; readonly notes: ReadonlySet<string> },
): LogObservation {
  const any = Object.values(counts).some((count) => count > 0);
  const reason = [critical, unreadable, ...notes].filter((part) => part !== null).join('; ');
  return {
    kind: 'log',
    id: input.observationId,
    at: new Date().toISOString(),
    source: 'log',
    side: 'after',
    write: 'watch',
    operation: null,
    status: counts.failed > 0 ? 'failed' : unreadable !== null ? 'unreadable' : any ? 'seen' : 'silent',
    counts: { ...counts },
    reason: reason === '' ? null : redact(reason),
  };
}
