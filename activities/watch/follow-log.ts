import { activityInfo, cancellationSignal, heartbeat } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { LoadedEnvironment } from '../../environment/settings.js';
import { dualWriteLogFile } from '../../procedure/evidence-names.js';
import { createLogParser } from '../../procedure/log-events.js';
import type { LogObservation } from '../../procedure/observations.js';
import type { FollowLogInput, FollowLogOutput, LogCursor } from '../contract.js';
import { logSourceOf } from '../logs/create-log-source.js';
import { writeEvidenceFile } from '../support/files.js';
import { redact } from '../support/redact.js';
import { pace } from './pace.js';

const POLL_MS = 250;
const BEAT_MS = 1000;
const LINES_KEPT = 2000;
const REASON_LENGTH = 300;
/** Unreadable for so long at the end of a round is told; a rotation takes less. */
const BLIND_MS = 10_000;

type Counts = Record<'scheduled' | 'completed' | 'failed' | 'critical', number>;
/** What a heartbeat carries: a cursor, and the count of exactly the lines before it. */
interface Progress {
  readonly next: LogCursor;
  readonly counts: Counts;
  readonly critical: string | null;
}

/**
 * Follows the log from a cursor on. A line may be counted twice when a worker dies, never lost: what is handed to the
 * next attempt is a cursor together with the count of the lines before it.
 */
export async function followLog(
  environment: LoadedEnvironment,
  input: FollowLogInput,
): Promise<FollowLogOutput> {
  const signal = cancellationSignal();
  const before = activityInfo().heartbeatDetails as Progress | undefined;
  let next = before?.next ?? input.from;
  const counts: Counts = { ...(before?.counts ?? { scheduled: 0, completed: 0, failed: 0, critical: 0 }) };
  let critical = before?.critical ?? null;
  const lines: string[] = [];
  let blind: { readonly since: number; readonly reason: string } | null = null;
  const parse = createLogParser(environment.settings.log.patterns.critical);
  const source = logSourceOf(environment);
  const until = performance.now() + input.maxMs;
  const beat = (): void => {
    heartbeat({ next, counts: { ...counts }, critical } satisfies Progress);
  };
  beat();
  let beaten = performance.now();
  while (counts.critical === 0 && !signal.aborted && performance.now() < until) {
    try {
      const read = await source.read(
        next,
        (line) => {
          const event = parse(line);
          if (event === null) return;
          counts[event.event] += 1;
          if (event.critical) {
            if (event.event !== 'critical') counts.critical += 1;
            critical ??= redact(event.raw).slice(0, REASON_LENGTH);
          }
          if (lines.length < LINES_KEPT) lines.push(event.raw);
        },
        signal,
      );
      next = read.next;
      blind = null;
    } catch (error) {
      if (signal.aborted) break;
      if (!(error instanceof ApplicationFailure)) throw error;
      blind ??= { since: performance.now(), reason: error.message };
    }
    if (counts.critical > 0) break;
    if (performance.now() - beaten >= BEAT_MS) {
      beat();
      beaten = performance.now();
    }
    await pace(POLL_MS, signal);
  }
  // What was seen is told in any case: a full disk must not hide a critical line.
  await save(input, lines).catch(() => undefined);
  const unreadable = blind !== null && performance.now() - blind.since >= BLIND_MS ? blind.reason : null;
  const ended = counts.critical > 0 ? 'critical' : signal.aborted ? 'cancelled' : 'time';
  return { observation: observed(input, { counts, critical, unreadable }), next, ended };
}

async function save(input: FollowLogInput, lines: readonly string[]): Promise<void> {
  if (lines.length === 0) return;
  const head = `# ${String(lines.length)} dual-write line(s) of ${input.observationId}`;
  await writeEvidenceFile(
    input.evidence,
    dualWriteLogFile(input.observationId),
    redact([head, ...lines, ''].join('\n')),
  );
}

interface Seen {
  readonly counts: Counts;
  readonly critical: string | null;
  readonly unreadable: string | null;
}

function observed(input: FollowLogInput, { counts, critical, unreadable }: Seen): LogObservation {
  const any = Object.values(counts).some((count) => count > 0);
  return {
    kind: 'log',
    id: input.observationId,
    at: new Date().toISOString(),
    source: 'log',
    side: 'after',
    write: 'watch',
    operation: null,
    status: unreadable !== null ? 'unreadable' : counts.failed > 0 ? 'failed' : any ? 'seen' : 'silent',
    counts,
    reason: critical ?? unreadable,
  };
}
