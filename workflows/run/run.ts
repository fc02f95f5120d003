import { workflowInfo } from '@temporalio/workflow';
import type { CheckPreconditionsOutput, CleanupRowsOutput, StepScope } from '../../activities/contract.js';
import type { Choice, CommandState, Waiting } from '../../procedure/commands.js';
import type { Finding } from '../../procedure/findings.js';
import { mergeObservations, type Observation } from '../../procedure/observations.js';
import type { Outcome, Verdict } from '../../procedure/outcome.js';
import { phaseOf, type PhaseId } from '../../procedure/phases.js';
import type { EvidenceFolder, Plan } from '../../procedure/plan.js';
import { findingsOf } from '../../procedure/rules/table.js';
import { verdictOf } from '../../procedure/rules/verdict.js';
import type {
  CommandRecord,
  CreatedTeam,
  DecisionRecord,
  NextStep,
  PhaseRecord,
  RollbackRecord,
  RunRecord,
} from '../../procedure/run-record.js';
import type { JournalLine, RunStatus, WaitingStatus } from '../../procedure/status.js';
import type { Vote } from './decisions.js';
import type { GuardianLink } from './lease.js';
import { showPage } from './page.js';
import type { Paused } from './pause.js';
import { upsertKeyword } from './search-attributes.js';
import type { WatchLink } from './watch.js';

const JOURNAL_LINES = 200;

/** The state of one run. Phases read and extend it; the page, the queries and the evidence are made from it. */
export class Run {
  readonly workflowId = workflowInfo().workflowId;
  environment: string | null = null;
  #plan: Plan | null = null;
  #evidence: EvidenceFolder | null = null;
  phase: PhaseId = 'plan';
  phases: PhaseRecord[] = [];
  progress: string | null = null;
  flag: RunStatus['flag'] = 'unknown';
  preconditions: CheckPreconditionsOutput['checks'] = [];
  observations: Observation[] = [];
  findings: Finding[] = [];
  verdict: Verdict = 'INCONCLUSIVE';
  verdictReasons: readonly string[] = ['Nothing was measured yet.'];
  stage: 'validation' | 'final' = 'validation';
  decisions: DecisionRecord[] = [];
  commands: CommandRecord[] = [];
  teams: CreatedTeam[] = [];
  skippedFlows: { side: string; flow: number; reason: string }[] = [];
  rollback: RollbackRecord | null = null;
  rollbackIncomplete = false;
  rollingBack = false;
  cleanup: CleanupRowsOutput | null = null;
  nextSteps: NextStep[] = [];
  outcome: Outcome | null = null;
  outcomeReason: string | null = null;
  waiting: Waiting = null;
  waitingStatus: WaitingStatus | null = null;
  /** Votes at the gate that is open, or was open last. */
  votes: readonly Vote[] = [];
  /** What the open gate shows and proposes. */
  openProof: { readonly proof: string; readonly extra: Choice; readonly runId: string } = {
    proof: '',
    extra: {},
    runId: '',
  };
  paused: Paused | null = null;
  /** Watching found something that people must answer (action `ask` or `pause`). */
  asked = false;
  watch: WatchLink | null = null;
  /** Whole length of the soak that goes on, milliseconds. */
  soakMs: number | null = null;
  journal: JournalLine[] = [];
  #lease: GuardianLink | null = null;
  /** Called when the guardian ends without having been asked to. */
  onGuardianEnded: (rollback: RollbackRecord | null) => void = () => undefined;
  /** The decision of gate finish. */
  finish: { dualWrite: 'keep' | 'disable'; cleanup: boolean } | null = null;
  /** Rules whose finding was told and acted on already. */
  readonly settled = new Set<string>();
  /** The guardian knows how to take the flags back: from here on an end means a rollback. */
  flagsArmed = false;
  /** What the target was when the baseline was begun, for the comparison before enabling; `null` where the method cannot tell. */
  targetAtBaseline: string | null = null;
  /** When the proofs of baseline and verdict were measured; they age. */
  measuredAt: { baseline: number | null; verdict: number | null } = { baseline: null, verdict: null };
  /** Manifest digest after the last seal. */
  sealed: string | null = null;
  /** The run that sealed last, as recorded. */
  sealedBy: string | null = null;

  /** The run id that decisions are bound to; differs after a reset. */
  get runId(): string {
    return workflowInfo().runId;
  }

  get plan(): Plan {
    if (this.#plan === null) throw new TypeError('the plan is not there before phase 1 is over');
    return this.#plan;
  }

  get planned(): boolean {
    return this.#plan !== null;
  }

  usePlan(plan: Plan): void {
    this.#plan = plan;
  }

  get evidence(): EvidenceFolder | null {
    return this.#evidence;
  }

  useEvidence(folder: EvidenceFolder): void {
    this.#evidence = folder;
  }

  /** What every step of the run is given. */
  get scope(): StepScope {
    if (this.#evidence === null) throw new TypeError('there is no evidence folder before phase 1 is over');
    return { environment: this.plan.environment, evidence: this.#evidence, tag: this.plan.tag };
  }

  now(): string {
    return new Date().toISOString();
  }

  /** Set while the run holds the environment. */
  get lease(): GuardianLink | null {
    return this.#lease;
  }

  set lease(link: GuardianLink | null) {
    this.#lease = link;
    link?.onEnded(() => {
      const { ended } = link;
      if (this.outcome === null)
        this.onGuardianEnded(ended === null || ended.ended === 'lost' ? null : ended.rollback);
    });
  }

  say(text: string): void {
    this.journal = [...this.journal, { at: this.now(), text }].slice(-JOURNAL_LINES);
  }

  enter(phase: PhaseId): void {
    this.phase = phase;
    this.progress = null;
    this.phases.push({ phase, startedAt: this.now(), endedAt: null, status: 'running', note: null });
    this.say(`Phase ${String(phaseOf(phase).number)}: ${phaseOf(phase).title}`);
    upsertKeyword('phase', phase);
    this.show();
  }

  leave(status: PhaseRecord['status'], note: string | null = null): void {
    const last = this.phases.at(-1);
    if (last?.status !== 'running') return;
    this.phases[this.phases.length - 1] = { ...last, endedAt: this.now(), status, note };
    if (note !== null) this.say(note);
  }

  /** Tells what is being done, on the page and in `watch`. */
  doing(text: string): void {
    this.progress = text;
    this.say(text);
    this.show();
  }

  /** Keeps observations and judges all of them anew. */
  observe(...fresh: readonly Observation[]): void {
    this.observations = mergeObservations(this.observations, fresh);
    const known = new Set(this.findings.map((finding) => finding.rule));
    this.findings = findingsOf({ observations: this.observations, thresholds: this.plan.thresholds });
    for (const finding of this.findings.filter((one) => !known.has(one.rule))) {
      this.say(`${finding.severity}: ${finding.symptom}. ${finding.because}`);
    }
    this.judge();
  }

  judge(): void {
    const { verdict, reasons } = verdictOf({
      observations: this.observations,
      findings: this.findings,
      samples: this.plan.samples,
      freshness: this.plan.freshness,
      stage: this.stage,
    });
    this.verdict = verdict;
    this.verdictReasons = reasons;
  }

  wait(waiting: Waiting, status: WaitingStatus | null): void {
    this.waiting = waiting;
    this.waitingStatus = status;
    const kind = status?.kind ?? 'none';
    upsertKeyword('waitingFor', status?.gate == null ? kind : `gate-${status.gate}`);
    this.show();
  }

  show(): void {
    showPage(this);
  }

  commandState(): CommandState {
    return {
      waiting: this.waiting,
      decided: this.decisions,
      phase: this.phase,
      planned: this.planned,
      pausedBy: this.paused?.by ?? null,
      soakMs: this.soakMs,
      rollingBack: this.rollingBack,
      rollbackIncomplete: this.rollbackIncomplete,
      ended: this.outcome !== null,
      automaticAllowed: this.#plan?.kind === 'lab',
    };
  }

  status(): RunStatus {
    const {
      workflowId,
      runId,
      environment,
      phase,
      phases,
      progress,
      flag,
      findings,
      verdict,
      decisions,
      commands,
    } = this;
    return {
      ...{
        workflowId,
        runId,
        environment,
        phase,
        phases,
        progress,
        flag,
        findings,
        verdict,
        decisions,
        commands,
      },
      verdictReasons: this.verdictReasons,
      waiting: this.waitingStatus,
      rollback: this.rollback,
      evidence: this.#evidence?.name ?? null,
      nextSteps: this.nextSteps,
      outcome: this.outcome,
      journal: this.journal,
    };
  }

  record(): RunRecord {
    const {
      workflowId,
      runId,
      plan,
      phases,
      observations,
      findings,
      verdict,
      verdictReasons,
      decisions,
      commands,
    } = this;
    const { teams, skippedFlows, rollback, cleanup, nextSteps, outcome, outcomeReason } = this;
    return {
      format: 1,
      ...{
        workflowId,
        runId,
        plan,
        phases,
        observations,
        findings,
        verdict,
        verdictReasons,
        decisions,
        commands,
      },
      ...{ teams, skippedFlows, rollback, cleanup, nextSteps, outcome, outcomeReason },
      evidence: this.scope.evidence,
      preconditions: this.preconditions.map(({ id, title, status, detail }) => ({
        id,
        title,
        status,
        detail,
      })),
      recordedAt: this.now(),
    };
  }
}
