import { formatDuration } from '../../procedure/durations.js';
import { observationsOf, type CopyObservation } from '../../procedure/observations.js';
import { nameOfWrite } from '../../procedure/rules/witnesses.js';
import type { Run } from '../run/run.js';
import { EndRun } from '../run/ending.js';
import type { GateAnswer } from '../run/decisions.js';
import { openGate } from '../run/gate.js';
import { baseline } from './baseline.js';
import type { Phase } from './context.js';
import { validation } from './validation.js';

/** Phase 4: a person sees baseline and plan. Nothing of the target was changed so far. */
export async function gateEnable(phase: Phase): Promise<void> {
  const { run } = phase;
  for (;;) {
    run.enter('gate-enable');
    const answer = await openGate(run, phase.mailbox, () => ({
      gate: 'enable',
      title: 'approve enabling dual-write',
      proof: enableProof(run),
      onDeadline: 'the run ends as REJECTED, nothing was changed',
      reasonNeeded: false,
      extra: {},
      automatic: null,
    }));
    endUnlessApproved(run, 'enable', answer);
    if (Date.now() - (run.measuredAt.baseline ?? 0) <= run.plan.freshness.baselineMs) break;
    run.leave(
      'done',
      `The baseline is older than ${formatDuration(run.plan.freshness.baselineMs)}: it is measured again and the gate asks again`,
    );
    await baseline(phase);
  }
  run.leave('done');
}

/** Phase 10: opens on GO or INCONCLUSIVE. */
export async function gateSoak(phase: Phase): Promise<void> {
  const { run } = phase;
  for (;;) {
    run.enter('gate-soak');
    const answer = await openGate(run, phase.mailbox, () => ({
      gate: 'soak',
      title: `approve the soak (${formatDuration(run.plan.soak.durationMs)})`,
      proof: soakProof(run),
      onDeadline: 'dual-write is rolled back',
      reasonNeeded: run.verdict === 'INCONCLUSIVE',
      extra: {},
      automatic:
        run.plan.input.autoPassSoak && run.verdict === 'GO'
          ? { by: 'autoPassSoak', reason: 'the verdict is GO and the start asked for it' }
          : null,
    }));
    endUnlessApproved(run, 'soak', answer);
    if (Date.now() - (run.measuredAt.verdict ?? 0) <= run.plan.freshness.proofsMs) break;
    run.leave(
      'done',
      `The proofs are older than ${formatDuration(run.plan.freshness.proofsMs)}: they are measured again and the gate asks again`,
    );
    await validation(phase);
  }
  run.leave('done');
}

/** Phase 12: keep dual-write on (seed §11.2) or take it back; clean up or not. */
export async function gateFinish(phase: Phase): Promise<void> {
  const { run } = phase;
  run.enter('gate-finish');
  const { dualWrite, cleanup } = run.plan.input;
  const answer = await openGate(run, phase.mailbox, () => ({
    gate: 'finish',
    title: `approve the end: dual-write "${dualWrite}", clean-up ${cleanup ? 'yes' : 'no'}`,
    proof: soakProof(run),
    onDeadline: 'dual-write is disabled and nothing is cleaned up',
    reasonNeeded: false,
    extra: { dualWrite, cleanup },
    automatic: null,
  }));
  if (answer?.effect.decision === 'rejected') throw rejected('finish', answer);
  run.finish =
    answer === null
      ? { dualWrite: 'disable', cleanup: false }
      : { dualWrite: answer.effect.dualWrite ?? dualWrite, cleanup: answer.effect.cleanup ?? cleanup };
  run.leave('done', `Dual-write: ${run.finish.dualWrite}; clean-up: ${run.finish.cleanup ? 'yes' : 'no'}`);
}

/** What watching saw while the gate was open may have made the verdict worse. */
function unlessNoGo(run: Run): void {
  if (run.verdict === 'NO_GO')
    throw EndRun.back('finding', `the verdict is NO_GO: ${run.verdictReasons.join(' ')}`);
}

function endUnlessApproved(run: Run, gate: 'enable' | 'soak', answer: GateAnswer | null): void {
  if (answer === null)
    throw EndRun.back(
      'deadline',
      `nobody decided gate ${gate} within ${formatDuration(run.plan.deadlines[gate])}`,
    );
  if (answer.effect.decision === 'rejected') throw rejected(gate, answer);
}

function rejected(gate: string, answer: GateAnswer): EndRun {
  return EndRun.back(
    'reject',
    `gate ${gate} was rejected by ${answer.by}${answer.reason === null ? '' : `: ${answer.reason}`}`,
    answer.by,
  );
}

function enableProof(run: Run): string[] {
  const latency = observationsOf(run.observations, 'latency').find(
    (one) => one.side === 'baseline' && one.operation === 'team_create',
  );
  const flows = observationsOf(run.observations, 'flow').filter((one) => one.side === 'baseline');
  const changes = run.plan.steps.filter((one) => one.effect === 'change-target').map((one) => one.what);
  return [
    `Preconditions: ${String(run.preconditions.length)} met`,
    ...run.preconditions.flatMap(({ notice }) => (notice === undefined ? [] : [`Know before: ${notice}`])),
    `Baseline flows with the flag off: ${flows.length === 0 ? 'not tried' : flows.map((one) => `${String(one.flow)} ${one.status}`).join(', ')}`,
    `Baseline latency of team create: ${latency?.p95Ms == null ? 'not measured' : `p95 ${latency.p95Ms.toFixed(1)} ms, point estimate of ${String(latency.samples)}`}`,
    ...run.findings.map((one) => `${one.severity}: ${one.because}`),
    ...changes.map((one) => `Will change: ${one}`),
  ];
}

/** One entry a kind of write; of the soak's checks the newest. */
function copiesOf(copies: readonly CopyObservation[]): string {
  const newest = new Map(copies.map((one) => [one.write, one]));
  return [...newest.values()]
    .map((one) => `${nameOfWrite(one.write)} ${String(one.copied)} of ${String(one.attempted)}`)
    .join(', ');
}

function soakProof(run: Run): string[] {
  unlessNoGo(run);
  const copies = observationsOf(run.observations, 'copy').filter((one) => one.side === 'after');
  const soak = observationsOf(run.observations, 'soak')[0];
  return [
    `Verdict: ${run.verdict}`,
    ...(run.verdict === 'GO' ? [] : run.verdictReasons.slice(0, 4)),
    `Copied rightly: ${copiesOf(copies)}`,
    ...run.findings.map((one) => `${one.severity}: ${one.because}`),
    ...(soak === undefined
      ? []
      : [
          `Soak: ${String(soak.checks)} checks, ${String(soak.gaps)} gaps in ${formatDuration(soak.elapsedMs)}`,
        ]),
  ];
}
