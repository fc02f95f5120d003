import type { Call } from '../cli.js';
import { renderEnd } from '../render/end.js';
import { progressLine, renderJournalLine } from '../render/status.js';
import { renderWaiting } from '../render/waiting.js';
import { grpcStatus, isTransient } from '../temporal/failures.js';
import type { Session } from '../temporal/session.js';
import { patiently } from '../terminal/patiently.js';
import { pause } from '../terminal/pause.js';
import { printable, printableDeep } from '../terminal/printable.js';
import { Interrupted } from '../user-error.js';
import { askStatus } from './ask-status.js';
import { endOfRun, type RunEnd } from './end-of-run.js';
import { describeRun } from './find.js';
import { followRun, type FollowView, type RunSource } from './follow.js';
import type { FoundRun } from './found-run.js';

const POLL_MS = 1000;

/** Follows a run to its end, prints how it ended and returns the exit code (docs/commands.md). */
export async function watchRun(call: Call, session: Session, run: FoundRun): Promise<number> {
  const { cli, output } = call;
  const waitFor = <T>(work: Promise<T>, text: string): Promise<T> =>
    patiently(work, {
      output,
      interrupted: cli.io.interrupted,
      text: () => text,
      onInterrupt: () => stopped(session, run),
    });
  // The view has its own progress line; this only makes Ctrl-C work at once.
  const closed = await waitFor(followRun(sourceOf(call, session, run), run, viewOf(call, session)), '');
  const end = await waitFor(
    endOfRun(session, closed, (text) => {
      output.note(text);
    }),
    'reading how the run ended',
  );
  printEnd(call, session, end);
  return end.exitCode;
}

/** The end of a run, for people and for programs. */
export function printEnd(call: Call, session: Session, end: RunEnd): void {
  const page = session.links.run(end.run.workflowId, end.run.runId);
  call.output.line(
    '',
    ...renderEnd(printableDeep(end), { paint: call.output.paint, page, command: session.settings.program }),
  );
  call.output.document({
    ...end.run,
    outcome: end.outcome,
    verdict: end.verdict,
    result: end.result,
    status: end.status,
    rollback: end.rollback,
    remark: end.remark,
    page,
    exitCode: end.exitCode,
  });
}

function stopped(session: Session, run: FoundRun): Interrupted {
  return new Interrupted(
    `Interrupted. The run ${run.workflowId} goes on without you.`,
    `Go on watching: ${session.settings.command} watch ${run.workflowId}`,
  );
}

function sourceOf(call: Call, session: Session, run: FoundRun): RunSource {
  return {
    look: async (runId) => {
      try {
        const [seen, answer] = await Promise.all([
          describeRun(session, run.workflowId, runId),
          askStatus(session, { workflowId: run.workflowId, runId }),
        ]);
        return { kind: 'seen', run: seen, answer };
      } catch (error) {
        if (!isTransient(error)) throw error;
        return { kind: 'unreachable', detail: grpcStatus(error)?.text ?? 'no connection' };
      }
    },
    successor: async (closed) => {
      if (closed.closedAs !== 'TERMINATED') return null;
      const latest = await describeRun(session, closed.workflowId);
      // Another start under the same id is another run, not this one gone on.
      return latest.runId === closed.runId || latest.firstRunId !== closed.firstRunId ? null : latest;
    },
    rest: async () => {
      await pause(POLL_MS, call.cli.io.interrupted);
      if (call.cli.io.interrupted.aborted) throw stopped(session, run);
    },
    now: () => Date.now(),
  };
}

function viewOf(call: Call, session: Session): FollowView {
  const { output, cli } = call;
  return {
    journal: (line) => {
      output.story(renderJournalLine(printableDeep(line), output.paint));
    },
    waiting: (waiting, status) => {
      const context = {
        paint: output.paint,
        now: cli.io.now(),
        command: session.settings.command,
        page: session.links.run(status.workflowId, status.runId),
      };
      output.story('', ...renderWaiting(printableDeep(waiting), status.workflowId, context), '');
    },
    progress: (status) => {
      if (cli.io.terminal.err) output.progress(printable(progressLine(status)));
    },
    note: (text) => {
      output.note(printable(text));
    },
    stalled: (text) => {
      output.progress(text);
    },
  };
}
