import { writesText } from '../../procedure/latency/operations.js';
import { formatDuration } from '../../procedure/durations.js';
import type { Plan, PlannedStep } from '../../procedure/plan.js';
import type { Paint } from '../terminal/paint.js';
import { renderTable } from '../terminal/table.js';

const EFFECT: Readonly<Record<PlannedStep['effect'], string>> = {
  read: 'reads',
  'write-test-rows': 'writes test rows',
  'change-target': 'CHANGES THE TARGET',
  'write-evidence': 'writes evidence',
  ask: 'asks people',
};

/** Everything that a run would read, write and change, phase by phase. */
export function renderPlan(plan: Plan, paint: Paint): string[] {
  const { soak, samples, deadlines } = plan;
  const facts: [string, string][] = [
    [
      'Environment',
      `${plan.environment.name} (${plan.kind}), file digest ${plan.environment.digest.slice(0, 12)}`,
    ],
    ['Method', `${plan.method.letter}: ${plan.method.description}`],
    [
      'Soak',
      soak.durationMs === 0
        ? 'none: up to the verdict, INCONCLUSIVE at best'
        : `${formatDuration(soak.durationMs)}, a check every ${formatDuration(soak.intervalMs)}`,
    ],
    [
      'Samples',
      `a side: ${writesText(samples)}; ${samples.claim === 'p95' ? 'p95 is claimed with its interval' : 'no claim about p95'}`,
    ],
    [
      'At the end',
      `${plan.input.dualWrite === 'keep' ? 'dual-write stays on' : 'dual-write is switched off'}; test rows are ${plan.input.cleanup ? 'removed' : 'kept'}`,
    ],
    [
      'Gates close after',
      Object.entries(deadlines)
        .map(([name, ms]) => `${name} ${formatDuration(ms)}`)
        .join(', '),
    ],
    [
      'Approvers',
      Object.entries(plan.approvers)
        .map(([gate, names]) => `${gate}: ${approvers(names)}`)
        .join('; '),
    ],
  ];
  const rows = plan.steps.map((step, index) => [
    plan.steps[index - 1]?.phase === step.phase ? '' : step.phase,
    EFFECT[step.effect],
    step.what,
  ]);
  const [head = '', ...body] = renderTable(['PHASE', 'EFFECT', 'WHAT'], rows);
  return [
    ...facts.map(([name, value]) => `${`${name}:`.padEnd(19)}${value}`),
    '',
    paint.bold(head),
    ...body.map((line, index) => (plan.steps[index]?.effect === 'change-target' ? paint.yellow(line) : line)),
  ];
}

const approvers = (names: readonly string[]): string =>
  names.includes('*')
    ? 'everybody'
    : names.length === 0
      ? 'nobody (set approvers in the environment file)'
      : names.join(', ');
