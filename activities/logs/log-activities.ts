import { sleep } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { LoadedEnvironment } from '../../environment/settings.js';
import { dualWriteLogFile } from '../../procedure/evidence-names.js';
import { clockOf, clockText, type LogClock } from '../../procedure/log-clock.js';
import { createLogParser } from '../../procedure/log-events.js';
import type { LogObservation } from '../../procedure/observations.js';
import type { LogActivities, LogCursor, ReadLogInput, ReadLogOutput } from '../contract.js';
import type { ActivityDeps } from '../support/deps.js';
import { writeEvidenceFile } from '../support/files.js';
import { redact } from '../support/redact.js';
import { beating } from '../targets/heartbeat.js';
import { logSourceOf } from './create-log-source.js';
import type { LogSource, UnreadPart } from './log-source.js';
import { EventMatcher } from './matching.js';
import { tailOf } from './tail.js';

const POLL_MS = 250;
/** How much longer it waits for an end when only the beginning ("scheduled") of a copy was seen. */
const SETTLE_MS = 1500;
/** The target's clock and ours. */
const CLOCKS_APART_MS = 60_000;

/** Reads the target's log. Changes nothing there; all steps may run twice. */
export function createLogActivities(
  deps: Pick<ActivityDeps, 'loadEnvironment'>,
  sourceOf: (environment: LoadedEnvironment) => LogSource = logSourceOf,
): LogActivities {
  return {
    markLog: async ({ environment }) => {
      const loaded = await deps.loadEnvironment(environment.name, environment.digest);
      return sourceOf(loaded).mark();
    },
    readDualWriteLog: (input) =>
      beating(async (signal) => {
        const environment = await deps.loadEnvironment(input.environment.name, input.environment.digest);
        return readEvents({ environment, source: () => sourceOf(environment) }, input, signal);
      }),
    tailLog: (input) =>
      beating(async (signal) => {
        const environment = await deps.loadEnvironment(input.environment.name, input.environment.digest);
        return tailOf({ environment, source: sourceOf(environment) }, input, signal);
      }),
  };
}

/**
 * Reads the events of one write since a cursor and waits for its first one up to `waitMs`. Saves the matched lines as
 * one file an observation. A log that cannot be read is a result (`unreadable`), because the rows are the other witness.
 */
async function readEvents(
  from: { readonly environment: LoadedEnvironment; readonly source: () => LogSource },
  input: ReadLogInput,
  signal: AbortSignal,
): Promise<ReadLogOutput> {
  const matcher = new EventMatcher(input.match);
  let next = input.from;
  const notes = new Set<string>();
  let lost = false;
  let unread: readonly UnreadPart[];
  let unsure: boolean;
  try {
    const source = from.source();
    const parse = createLogParser(from.environment.settings.log.patterns.critical);
    const onLine = (line: string): void => {
      const event = parse(line);
      if (event !== null) matcher.add(event);
    };
    const started = performance.now();
    let until = started + input.waitMs;
    for (let found = false; ; await sleep(POLL_MS)) {
      const read = await source.read(next, onLine, signal);
      next = read.next;
      if (read.note !== null) notes.add(read.note);
      lost ||= read.lost === true;
      // A later read goes on where this one could not: only what is unread or unsure at the end is.
      unread = read.unread ?? [];
      unsure = read.unsure === true;
      if (!found && matcher.found) until = Math.min(until, performance.now() + SETTLE_MS);
      found ||= matcher.found;
      if (matcher.settled || performance.now() >= until) break;
    }
  } catch (error) {
    if (!(error instanceof ApplicationFailure)) throw error;
    return { observation: observed(input, { status: 'unreadable', reason: error.message }), next };
  }
  const { lines, criticalTexts, ...result } = matcher.result();
  // They were written after the mark: their times tell what the log's clock is beside ours.
  const clock = clockOf(lines, {
    from: Date.parse(input.from.at),
    to: Date.now(),
    toleranceMs: CLOCKS_APART_MS,
  });
  await saveLines(input, { lines, next, clock });
  const reason = [result.reason, ...notes, ...unread.map((one) => one.reason)]
    .filter((part) => part !== null)
    .join('; ');
  const incomplete = lost || unsure || unread.length > 0;
  return {
    observation: observed(input, {
      ...result,
      // Something was there that nobody can read: what was found is not all, and nothing found is no silence.
      ...(incomplete ? { lost: true as const } : {}),
      ...(incomplete && result.status === 'silent' ? { status: 'unreadable' as const } : {}),
      ...(criticalTexts.length === 0 ? {} : { criticalTexts: criticalTexts.map((text) => redact(text)) }),
      ...(lines.length === 0 ? {} : { clock }),
      reason: reason === '' ? null : redact(reason),
    }),
    next,
  };
}

async function saveLines(
  input: ReadLogInput,
  read: { readonly lines: readonly string[]; readonly next: LogCursor; readonly clock: LogClock },
): Promise<void> {
  const { lines, next, clock } = read;
  const what = `from byte ${String(input.from.position)} (${input.from.at}) to byte ${String(next.position)} (${next.at})`;
  const head = `# ${String(lines.length)} dual-write line(s) of ${input.observationId}, ${next.source} ${what}; ${clockText(clock)}`;
  await writeEvidenceFile(
    input.evidence,
    dualWriteLogFile(input.observationId),
    redact([head, ...lines, ''].join('\n')),
  );
}

type Measured = Pick<LogObservation, 'status' | 'reason'> &
  Partial<Pick<LogObservation, 'counts' | 'clock' | 'criticalTexts' | 'lost'>>;

function observed(input: ReadLogInput, measured: Measured): LogObservation {
  return {
    kind: 'log',
    id: input.observationId,
    at: new Date().toISOString(),
    source: 'log',
    side: input.side,
    write: input.write,
    operation: input.match?.operation ?? null,
    counts: { scheduled: 0, completed: 0, failed: 0, critical: 0 },
    ...measured,
  };
}
