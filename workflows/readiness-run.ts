import { CancelledFailure } from '@temporalio/common';
import { CancellationScope, setHandler } from '@temporalio/workflow';
import type { RunResult } from '../procedure/status.js';
import {
  resultQuery,
  rollbackProgressSignal,
  soakProgressSignal,
  watchLogHeldSignal,
  watchSawSignal,
} from './messages.js';
import { baseline } from './phases/baseline.js';
import { cleanup } from './phases/cleanup.js';
import type { Phase } from './phases/context.js';
import { enable } from './phases/enable.js';
import { gateEnable, gateFinish, gateSoak } from './phases/gates.js';
import { endWatching } from './phases/last-words.js';
import { performance } from './phases/performance.js';
import { plan } from './phases/plan.js';
import { preconditions } from './phases/preconditions.js';
import { smoke } from './phases/smoke.js';
import { soak, steerSoak } from './phases/soak.js';
import { staticFiles } from './phases/static-files.js';
import { validation } from './phases/validation.js';
import { disablingFinding, unsettled } from './run/acting.js';
import { installCommands } from './run/commands.js';
import { EndRun } from './run/ending.js';
import { Run } from './run/run.js';
import { resetSearchAttributes, upsertKeyword } from './run/search-attributes.js';
import { complete, resultOf, settle } from './run/settle.js';
import { takeDecision } from './run/decisions.js';
import { Mailbox } from './run/mailbox.js';
import { pauseRun } from './run/pause.js';

/**
 * One execution of the P5-T6 procedure, start to end. Input: procedure/input.ts. Result: procedure/status.ts `RunResult`;
 * any outcome but COMPLETED closes it as Failed (type = outcome, details = the result), a cancel as Canceled.
 */
export async function readinessRun(input: unknown): Promise<RunResult> {
  const run = new Run();
  const mailbox = new Mailbox();
  const phases = new CancellationScope();
  let interrupted: EndRun | null = null;

  /** Leaves the phases at once; whatever was changed is being taken back from this moment on. */
  const interrupt = (end: EndRun): void => {
    // With an outcome the run is over: what it says of the flag stays true.
    if (interrupted !== null || run.rollingBack || run.outcome !== null) return;
    interrupted = end;
    run.paused = null;
    if (run.flagsArmed && end.ending.kind === 'back')
      void run.lease?.order({ ...end.ending, thenHold: false });
    phases.cancel();
  };
  // A function, because the compiler takes what a callback sets for never set.
  const isInterrupted = (): boolean => interrupted !== null;
  resetSearchAttributes(null);
  installCommands(run, (effect, by, reason) => {
    switch (effect.do) {
      case 'rollback':
        interrupt(
          EndRun.back('command', `rollback ordered by ${by}${reason === null ? '' : `: ${reason}`}`, by),
        );
        break;
      case 'acknowledge':
        void run.lease?.acknowledge(by, reason ?? '');
        break;
      case 'decide':
        takeDecision(run, mailbox, { effect, by, reason });
        break;
      case 'pause':
        pauseRun(run, { by, reason }, (why) => {
          interrupt(EndRun.back('deadline', why));
        });
        break;
      case 'resume':
        run.paused = null;
        break;
      case 'extend-soak':
        run.soakMs = effect.soakMs;
        void steerSoak(run, { durationMs: effect.soakMs, finish: false });
        break;
      case 'finish-soak':
        void steerSoak(run, { durationMs: run.soakMs ?? 0, finish: true });
        break;
      case 'retry':
      case 'skip':
        mailbox.put({ effect, by, reason });
    }
  });
  setHandler(resultQuery, () => (run.outcome === null ? null : resultOf(run, [])), {
    description: 'The result, also of a run that was cancelled; null while it goes on',
  });
  setHandler(watchSawSignal, ({ observations }) => {
    // While the flags are taken back they differ, as they should.
    if (run.rollingBack || run.flag === 'taking-back' || run.outcome !== null || !run.planned) return;
    const { verdict } = run;
    run.observe(...observations);
    const end = disablingFinding(run);
    if (end !== null) interrupt(end);
    else if (run.verdict !== verdict) run.asked = true;
    else run.asked ||= unsettled(run).some(({ action }) => action === 'ask' || action === 'pause');
    run.show();
  });
  setHandler(watchLogHeldSignal, ({ at }) => {
    run.watch?.logIsHeld(at);
  });
  setHandler(soakProgressSignal, ({ text }) => {
    run.progress = text;
    run.show();
  });
  setHandler(rollbackProgressSignal, ({ incomplete, detail, record }) => {
    // Whoever was told only that it takes long is told the cause as well, when it is known.
    if (incomplete && (!run.rollbackIncomplete || run.progress !== detail))
      run.say(`ROLLBACK INCOMPLETE so far; it is tried again and again. ${detail}`);
    run.progress = detail;
    run.rollbackIncomplete = incomplete;
    if (incomplete) upsertKeyword('outcome', 'ROLLBACK_INCOMPLETE');
    if (record !== null) run.rollback = record;
    run.show();
  });
  run.onGuardianEnded = (rollback) => {
    interrupt(
      rollback === null
        ? EndRun.back('lease', 'the guardian ended before the run did: the environment is taken back')
        : EndRun.back(rollback.cause, rollback.reason, rollback.by),
    );
  };
  CancellationScope.current().cancelRequested.catch(() => {
    interrupt(EndRun.back('cancel', 'the run was cancelled'));
  });

  try {
    await phases.run(() => procedure({ run, mailbox }, input));
    if (isInterrupted()) throw new CancelledFailure('interrupted as the last phase ended');
    return await complete(run);
  } catch (error) {
    return await settle(run, {
      error,
      interrupted,
      cancelled: CancellationScope.current().consideredCancelled,
    });
  }
}

/** The runbook's table of contents. */
async function procedure(phase: Phase, input: unknown): Promise<void> {
  await plan(phase, input);
  await preconditions(phase);
  await baseline(phase);
  await gateEnable(phase);
  const team = await enable(phase);
  await staticFiles(phase);
  await smoke(phase, team);
  await performance(phase);
  await validation(phase);
  await gateSoak(phase);
  await soak(phase);
  await gateFinish(phase);
  await cleanup(phase);
  phase.run.enter('publish');
  await endWatching(phase);
}
