import {
  condition,
  continueAsNew,
  getExternalWorkflowHandle,
  isCancellation,
  patched,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { LogCursor, StepScope } from '../activities/contract.js';
import { formatDuration } from '../procedure/durations.js';
import type { Observation } from '../procedure/observations.js';
import type { Thresholds } from '../procedure/plan.js';
import { findingsOf } from '../procedure/rules/table.js';
import { reading } from './activities.js';
import { soakProgressSignal, soakSteeringSignal } from './messages.js';
import {
  auditDue,
  countUnseen,
  dueOf,
  gap,
  keep,
  LONGEST_CHECK_MS,
  type SoakAudit,
  type SoakState,
} from './soak-state.js';

export interface SoakInput {
  readonly scope: StepScope;
  readonly thresholds: Thresholds;
  readonly teamIds: readonly number[];
  readonly durationMs: number;
  readonly intervalMs: number;
  /** At every `every`-th check all teams are compared with what the baseline found. A soak of an earlier version has none. */
  readonly audit?: SoakAudit;
  readonly log: LogCursor;
  /** What tells new duplicates from those of the baseline. A soak of an earlier version has none. */
  readonly before?: readonly Observation[];
  /** What an earlier part of the same soak handed on; `null` at its start. */
  readonly carried: SoakState | null;
}

export interface SoakResult {
  readonly checks: number;
  readonly gaps: number;
  readonly observations: readonly Observation[];
}

const CHECKS_PER_RUN = 50;

/**
 * Watches the target for the planned time: at every interval flags, rows, the queries of seed §5.3 and the log, and at
 * every `audit.every`-th, and at the end, all teams of both models too. Ends early only when a rule says disable, pause or ask. Every
 * check's raw material goes to the evidence; this history stays small, because it continues as new.
 */
export async function soak(input: SoakInput): Promise<SoakResult> {
  let state: SoakState = input.carried ?? {
    ...{ startedAt: Date.now(), number: 0, checks: 0, gaps: 0, gapRun: 0, longestGap: 0, kept: [] },
    cursor: input.log,
  };
  let { durationMs } = input;
  let finish = false;
  setHandler(soakSteeringSignal, (told) => {
    durationMs = Math.max(durationMs, told.durationMs);
    finish ||= told.finish;
  });
  for (let count = 0; ; count += 1) {
    const end = state.startedAt + durationMs;
    const times = { end, intervalMs: input.intervalMs };
    const left = dueOf(state, times) - Date.now();
    if (left > 0)
      await condition(() => finish || end !== state.startedAt + durationMs, left, {
        summary: `next check of ${formatDuration(end - Date.now())} left`,
      });
    if (!finish && end !== state.startedAt + durationMs) continue;
    const began = Date.now();
    if (patched('soak-unseen')) state = countUnseen(state, { now: began, ...times });
    if (!finish || state.checks === 0) {
      state = await check(input, state);
      state = { ...state, busyUntil: Math.min(Date.now(), began + LONGEST_CHECK_MS) };
    }
    await report(state, state.startedAt + durationMs);
    const observations = [...(input.before ?? []), ...state.kept];
    const stop = findingsOf({ observations, thresholds: input.thresholds }).some((finding) =>
      ['disable', 'pause', 'ask'].includes(finding.action),
    );
    if (stop || finish || Date.now() >= state.startedAt + durationMs) {
      const elapsedMs = Date.now() - state.startedAt;
      // One that a rule ends is no GO, and what the rule says must not wait for a look at everything.
      const last = stop ? undefined : await lastLook(input, state);
      const extended = !stop && !finish && Date.now() < state.startedAt + durationMs;
      if (!extended) return result({ ...input, durationMs }, { state, elapsedMs, last });
    }
    if (count + 1 >= CHECKS_PER_RUN || workflowInfo().continueAsNewSuggested) {
      await continueAsNew<typeof soak>({ ...input, durationMs, carried: state });
    }
  }
}

async function check(input: SoakInput, state: SoakState): Promise<SoakState> {
  const number = state.number + 1;
  const label = `soak-${String(number).padStart(4, '0')}`;
  const { scope } = input;
  const audit = auditDue(input.audit, state, number);
  try {
    const [flags, rows, database, log] = await Promise.all([
      reading.readServingFlags.executeWithOptions({ summary: `${label}: flags` }, [
        { ...scope, observation: { id: `${label}-flags`, expected: 'enabled' }, seedCheck: false },
      ]),
      reading.compareCopies.executeWithOptions({ summary: `${label}: rows` }, [
        {
          ...scope,
          observationId: `${label}-rows`,
          side: 'after',
          write: 'soak',
          teamIds: input.teamIds,
          lagBudgetMs: input.thresholds.lagBudgetMs,
        },
      ]),
      reading.runSeedQueries.executeWithOptions(
        { summary: `${label}: queries of the runbook${audit === null ? '' : ', all teams'}` },
        [
          {
            ...scope,
            label,
            observationId: `${label}-database`,
            ...(audit === null ? {} : { audit }),
          },
        ],
      ),
      reading.readDualWriteLog.executeWithOptions({ summary: `${label}: log` }, [
        {
          ...scope,
          observationId: `${label}-log`,
          side: 'after',
          write: 'soak',
          from: state.cursor,
          match: null,
          waitMs: 0,
          file: 'dual_write_events.log',
        },
      ]),
    ]);
    const fresh: Observation[] = [flags, rows, database, log.observation];
    const audited = database.audit?.status === 'complete';
    const auditMissed = audit !== null && !audited;
    const blind =
      flags.status === 'unknown' ||
      rows.status === 'unknown' ||
      database.orphanMappings === null ||
      log.observation.status === 'unreadable' ||
      log.observation.lost === true ||
      auditMissed;
    const next = {
      ...state,
      number,
      auditMissed,
      audited,
      cursor: log.next,
      kept: keep(state.kept, fresh, input.thresholds),
    };
    return blind ? gap(next) : { ...next, checks: state.checks + 1, gapRun: 0 };
  } catch (error) {
    if (isCancellation(error)) throw error;
    return gap({ ...state, number, auditMissed: audit !== null, audited: false });
  }
}

async function report(state: SoakState, end: number): Promise<void> {
  const left = formatDuration(Math.max(0, end - Date.now()));
  const text = `soak: ${String(state.checks)} checks, ${String(state.gaps)} gaps, ${left} left`;
  setCurrentDetails(`## ${text}\n\n---\n\n`);
  const parent = workflowInfo().parent;
  if (parent === undefined) return;
  try {
    await getExternalWorkflowHandle(parent.workflowId).signal(soakProgressSignal, {
      checks: state.checks,
      gaps: state.gaps,
      text,
    });
  } catch (error) {
    if (isCancellation(error)) throw error;
  }
}

/**
 * The look at all teams that a soak ends with: the whole database as it is when the verdict is made. `undefined` = a soak
 * of an earlier version, which has none; `null` = it could not be made.
 */
async function lastLook(input: SoakInput, state: SoakState): Promise<Observation | null | undefined> {
  const { audit, scope } = input;
  if (audit === undefined || !patched('soak-last-audit')) return undefined;
  const checked = `soak-${String(state.number).padStart(4, '0')}-database`;
  const newest = state.kept.find(({ id }) => id === checked);
  if (state.audited === true && newest !== undefined) return newest;
  let seen: Observation | null = null;
  for (const attempt of [1, 2]) {
    try {
      const summary = `the end of the soak: all teams${attempt === 1 ? '' : ', once more'}`;
      const look = await reading.runSeedQueries.executeWithOptions({ summary }, [
        { ...scope, label: 'soak-end', observationId: LAST_LOOK, audit: audit.input },
      ]);
      seen = look;
      if (look.audit?.status === 'complete') break;
    } catch (error) {
      if (isCancellation(error)) throw error;
    }
  }
  return seen;
}

const LAST_LOOK = 'soak-end-database';

function result(
  input: SoakInput,
  {
    state,
    elapsedMs,
    last,
  }: {
    readonly state: SoakState;
    readonly elapsedMs: number;
    readonly last: Observation | null | undefined;
  },
): SoakResult {
  return {
    checks: state.checks,
    gaps: state.gaps,
    observations: [
      ...state.kept,
      ...(last == null || state.kept.includes(last) ? [] : [last]),
      {
        kind: 'soak',
        id: 'soak',
        at: new Date().toISOString(),
        source: 'soak',
        plannedMs: input.durationMs,
        elapsedMs,
        checks: state.checks,
        gaps: state.gaps,
        longestGapIntervals: state.longestGap,
        ...(last === undefined ? {} : { lastAudit: last?.id ?? null }),
      },
    ],
  };
}
