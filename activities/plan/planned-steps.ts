import { writesText } from '../../procedure/latency/operations.js';
import { formatDuration } from '../../procedure/durations.js';
import { ENABLE_CHANGE, FLAG_NAMES } from '../../procedure/flags.js';
import type { RunInput } from '../../procedure/input.js';
import { kubernetesAccessSteps, kubernetesChangeSteps } from './kubernetes-steps.js';
import type { PhaseId } from '../../procedure/phases.js';
import type { PlannedStep, SampleSettings } from '../../procedure/plan.js';
import type { TargetSettings, EnvironmentSettings } from '../../environment/settings.js';

/** What the steps are told from. */
export interface StepsInput {
  readonly settings: EnvironmentSettings;
  readonly input: RunInput;
  readonly tag: string;
  readonly samples: SampleSettings;
}

/**
 * Everything that a run reads, changes and writes, in order and with its real names: what `readiness plan` and gate
 * `enable` show. Written for a person who decides whether this may happen.
 */
export function plannedSteps(plan: StepsInput): PlannedStep[] {
  const { settings, input, samples } = plan;
  const create = writesText(samples);
  const names = `teams named "Staging Test ${plan.tag} …" and "Perf Test ${plan.tag} …"`;
  const database = `database ${settings.allow.databases.join(' or ')} (${settings.database.url})`;
  return [
    step('plan', 'read', `environment file ${settings.name}.yaml`),
    step('plan', 'write-evidence', `evidence folder under ${settings.artifacts.root}/artifacts/p5_t6/`),
    ...accessSteps(settings.target, settings),
    step('preconditions', 'read', `${database}: tables, rights, SELECT COUNT(*) FROM organizations_team`),
    step('preconditions', 'read', `GET ${settings.api.baseUrl}${settings.api.readinessPath} and one login`),
    step('baseline', 'read', 'validation report as text and JSON (seed §8); the three queries of seed §5.3'),
    ...(input.baselineWrites ? queryCounts('baseline', plan) : []),
    ...(input.baselineWrites
      ? [
          step(
            'baseline',
            'write-test-rows',
            `${create}, and the five flows of seed §9, with the flag off: ${names}`,
          ),
        ]
      : []),
    step(
      'gate-enable',
      'ask',
      `decided by ${approvers(settings, 'enable')} within ${formatDuration(settings.deadlines.enable)}`,
    ),
    ...changeSteps(settings.target),
    ...(input.staticFiles
      ? [
          step(
            'static-files',
            'change-target',
            `manage.py collectstatic --noinput, then GET ${settings.api.staticFile ?? '(not configured)'}`,
          ),
        ]
      : []),
    step(
      'smoke',
      'write-test-rows',
      `the five flows of seed §9 with the flag on; member ${settings.testData.member}; rows of both models compared`,
    ),
    ...(input.strictPass
      ? [
          step(
            'smoke',
            'change-target',
            'TEAM_VNEXT_DUAL_WRITE_STRICT_MODE=true, one restart, flows 1 and 2 on a team of their own, then false again, one restart',
          ),
        ]
      : []),
    ...(input.failureSimulation
      ? [
          step(
            'smoke',
            'change-target',
            `REVOKE INSERT on the legacy teams from ${settings.database.applicationRole ?? 'the role that owns them'}, one create, GRANT again; while it lasts (seconds) no write of anybody is copied`,
          ),
        ]
      : []),
    step('performance', 'write-test-rows', `${create}, with the flag on (seed §6.3)`),
    step('validation', 'read', 'validation report and queries again; all rules; a NO_GO takes the flag back'),
    ...queryCounts('validation', plan),
    step(
      'gate-soak',
      'ask',
      `decided by ${approvers(settings, 'soak')} within ${formatDuration(settings.deadlines.soak)}`,
    ),
    step(
      'soak',
      'read',
      `${input.soak} with checks every ${input.soakInterval}: log, rows, serving processes, queries; all teams at every check, or once in ${String(settings.soak.auditEvery)} where that takes long`,
    ),
    step(
      'gate-finish',
      'ask',
      `keep dual-write or disable it (proposed: ${input.dualWrite}), clean up or not (proposed: ${input.cleanup ? 'yes' : 'no'})`,
    ),
    ...(input.cleanup
      ? [
          step(
            'cleanup',
            'write-test-rows',
            `deletes only rows of this run (tag ${plan.tag}), in one transaction, counts checked`,
          ),
        ]
      : []),
    ...publishSteps(settings),
  ];
}

/** Nothing of it stays, so it is a read; what it does is told all the same. */
function queryCounts(phase: 'baseline' | 'validation', { settings, samples }: StepsInput): PlannedStep[] {
  if (samples.queryCounts !== true) return [];
  const { command } = settings.target.manage;
  const what = `${command.join(' ')} shell -c …: three test requests in a transaction that is rolled back, to count their queries (seed §6.1)`;
  return [step(phase, 'read', what)];
}

function accessSteps(target: TargetSettings, settings: EnvironmentSettings): PlannedStep[] {
  if (target.method !== 'env-file') return kubernetesAccessSteps(target, settings);
  return [
    step(
      'preconditions',
      'read',
      `${target.supervisor.command.join(' ')} status ${target.supervisor.program}`,
    ),
    step(
      'preconditions',
      'read',
      `${target.envFile}: the lines of the four variables, nothing else of it is kept`,
    ),
    step(
      'preconditions',
      'read',
      `/proc/<pid>/environ of the serving processes: only ${FLAG_NAMES.join(', ')}`,
    ),
    step(
      'preconditions',
      'read',
      `${target.manage.command.join(' ')} shell -c … in ${target.manage.workingFolder}`,
    ),
    step('preconditions', 'read', `log ${target.log.file}`),
    step('preconditions', 'read', `free room under ${settings.artifacts.root}`),
  ];
}

function changeSteps(target: TargetSettings): PlannedStep[] {
  if (target.method !== 'env-file') return kubernetesChangeSteps(target);
  const wanted = Object.entries(ENABLE_CHANGE).map(([name, value]) => `${name}=${value}`);
  const { command, program } = target.supervisor;
  return [
    step(
      'enable',
      'write-evidence',
      `where the four variables stand in ${target.envFile} (baseline/flags_captured.json)`,
    ),
    step(
      'enable',
      'change-target',
      `${target.envFile}: the line ${wanted.join(', ')} (replaced, or added once)`,
    ),
    step(
      'enable',
      'change-target',
      `${command.join(' ')} restart ${program}, once; waits up to ${formatDuration(target.restartTimeoutMs)} until it is ready`,
    ),
    step('enable', 'read', 'the flags in every serving process'),
    step(
      'enable',
      'change-target',
      `on any rollback: the captured lines back into ${target.envFile} and one restart of ${program}`,
    ),
  ];
}

function publishSteps({ publish, contacts }: EnvironmentSettings): PlannedStep[] {
  return [
    step('publish', 'write-evidence', 'SUMMARY.md, delta, manifest'),
    ...(publish.tracker === null
      ? []
      : [step('publish', 'write-evidence', `the block of seed §8.3 in ${publish.tracker}`)]),
    ...(publish.gitCommit ? [step('publish', 'write-evidence', 'a git commit of the evidence folder')] : []),
    step(
      'publish',
      'ask',
      `on trouble: ${contacts.backendLead}; ${contacts.databaseAdmin}; ${contacts.platform}; ${contacts.onCall}`,
    ),
  ];
}

function approvers(settings: EnvironmentSettings, gate: keyof EnvironmentSettings['approvers']): string {
  const names = settings.approvers[gate];
  if (names.length === 0) return 'nobody (approvers is empty, so the deadline decides)';
  return names.includes('*') ? 'everybody' : names.join(', ');
}

function step(phase: PhaseId, effect: PlannedStep['effect'], what: string): PlannedStep {
  return { phase, effect, what };
}
