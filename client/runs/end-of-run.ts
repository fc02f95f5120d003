import { ApplicationFailure, WorkflowFailedError } from '@temporalio/client';
import { exitCodeOf, OUTCOMES, type Outcome, type Verdict } from '../../procedure/outcome.js';
import type { RollbackRecord } from '../../procedure/run-record.js';
import type { RunResult, RunStatus } from '../../procedure/status.js';
import type { Session } from '../temporal/session.js';
import { askResult, askStatus } from './ask-status.js';
import type { FoundRun } from './found-run.js';
import { guardianRollback } from './guardian.js';

/** How a run ended, put together from whatever is left of it. */
export interface RunEnd {
  readonly run: FoundRun;
  readonly outcome: Outcome | null;
  readonly verdict: Verdict | null;
  /** The run's own result; `null` for one that was canceled, terminated or broke. */
  readonly result: RunResult | null;
  /** Its last status, where the result is missing and a worker could still tell. */
  readonly status: RunStatus | null;
  readonly rollback: RollbackRecord | null;
  /** What there is to know beside the result, in words. */
  readonly remark: string | null;
  readonly exitCode: number;
}

/** Reads how a closed run ended. A terminated or timed out run is rolled back by its guardian, so that is waited for. */
export async function endOfRun(
  session: Session,
  run: FoundRun,
  say: (text: string) => void,
): Promise<RunEnd> {
  const closing = await closingOf(session, run);
  if (closing.result !== null) return fromResult(run, closing.result, null);
  if (!ENDED_BY_ITSELF.includes(run.closedAs))
    return endedFromOutside(session, { run, closing: closing.remark, say });
  const kept = parseResult(await askResult(session, run));
  if (kept !== null) return fromResult(run, kept, closing.remark);
  const outcome = outcomeOf(run.outcome);
  // It broke without an outcome of its own (a fault of the product): what it held, its guardian puts back.
  if (outcome === null) return endedFromOutside(session, { run, closing: closing.remark, say });
  const verdict = verdictOf(run.verdict);
  const exitCode = exitCodeOf(outcome, verdict);
  return {
    run,
    outcome,
    verdict,
    result: null,
    status: null,
    rollback: null,
    remark: closing.remark,
    exitCode,
  };
}

/** Closed by its own code, so that what it says of its end is true. */
const ENDED_BY_ITSELF: readonly string[] = ['COMPLETED', 'FAILED', 'CANCELLED'];

/** A run that others ended: whatever it last said, only its guardian knows how it ended for the target. Never 0. */
async function endedFromOutside(
  session: Session,
  of: { readonly run: FoundRun; readonly closing: string | null; readonly say: (text: string) => void },
): Promise<RunEnd> {
  const { run } = of;
  const answer = await askStatus(session, run);
  const status = answer.kind === 'status' ? answer.status : null;
  const environment = status?.environment ?? run.environment;
  const after = await guardianRollback(session, { run, environment }, of.say);
  return {
    run,
    outcome: after.outcome,
    verdict: status?.verdict ?? null,
    result: null,
    status,
    rollback: after.rollback,
    remark: [of.closing, after.remark].filter((one) => one !== null).join('\n'),
    exitCode: after.exitCode,
  };
}

function fromResult(run: FoundRun, result: RunResult, remark: string | null): RunEnd {
  const { outcome, verdict, rollback } = result;
  return {
    run,
    outcome,
    verdict,
    result,
    status: null,
    rollback,
    remark,
    exitCode: exitCodeOf(outcome, verdict),
  };
}

async function closingOf(
  session: Session,
  run: FoundRun,
): Promise<{ readonly result: RunResult | null; readonly remark: string | null }> {
  try {
    const value: unknown = await session.client.workflow
      .getHandle(run.workflowId, run.runId, { followRuns: false })
      .result();
    return { result: parseResult(value), remark: null };
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    const cause = error.cause;
    const result = cause instanceof ApplicationFailure ? parseResult(cause.details?.[0]) : null;
    return {
      result,
      remark:
        cause === undefined ? error.message : `${CLOSED_AS[run.closedAs] ?? 'It ended'}: ${cause.message}`,
    };
  }
}

const CLOSED_AS: Readonly<Record<string, string>> = {
  CANCELLED: 'It was canceled',
  TERMINATED: 'It was terminated',
  TIMED_OUT: 'It ran out of time',
  FAILED: 'It failed',
};

/** A workflow's result or failure detail as a run's result; `null` when it is something else. */
export function parseResult(value: unknown): RunResult | null {
  if (typeof value !== 'object' || value === null) return null;
  const fields = value as Readonly<Record<string, unknown>>;
  const lists = ['findings', 'verdictReasons', 'problems', 'next'];
  const whole =
    outcomeOf(fields['outcome']) !== null &&
    typeof fields['verdict'] === 'string' &&
    lists.every((name) => Array.isArray(fields[name]));
  return whole ? (value as RunResult) : null;
}

function outcomeOf(value: unknown): Outcome | null {
  return OUTCOMES.find((outcome) => outcome === value) ?? null;
}

function verdictOf(value: string | null): Verdict {
  return value === 'GO' || value === 'NO_GO' ? value : 'INCONCLUSIVE';
}
