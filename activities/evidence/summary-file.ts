import { actionText, adviceLines } from '../../procedure/findings.js';
import { identityText } from '../../procedure/identity.js';
import { measuredOperation } from '../../procedure/latency/operations.js';
import { observationsOf, type Side } from '../../procedure/observations.js';
import { QUERY_OPERATIONS, queriesOf } from '../../procedure/query-counts.js';
import type { RunRecord } from '../../procedure/run-record.js';
import { trackerBlock } from '../../procedure/summary.js';

/** SUMMARY.md: the block of seed §8.3 to paste, then what happened and why, for somebody who was not there. */
export function summaryOf(record: RunRecord): string {
  return [
    `# P5-T6 staging readiness, ${record.plan.environment.name}: ${record.outcome ?? 'under way'}, verdict ${record.verdict}`,
    '',
    'To paste into the tracker:',
    '',
    '```',
    trackerBlock(record),
    '```',
    '',
    ...section(
      'Why this verdict',
      record.verdictReasons.map((reason) => `- ${reason}`),
    ),
    ...section('How it ended', record.outcomeReason === null ? [] : [record.outcomeReason]),
    ...section('Findings', findings(record)),
    ...section('Rollback', rollback(record)),
    ...section('Smoke test', flows(record)),
    ...section('Latency (point estimates)', latency(record)),
    ...section('Queries of a request (seed §6.1)', queries(record)),
    ...section('Decisions', decisions(record)),
    ...section('Clean-up', cleanup(record)),
    ...section(
      'Next steps',
      record.nextSteps.map(
        (step) => `${String(step.number)}. ${step.title}: **${step.state}**, ${step.detail}`,
      ),
    ),
    ...section('This run', [
      `- Run: \`${record.workflowId}\` (\`${record.runId}\`), started ${record.plan.startedAt}`,
      `- Method ${record.plan.method.letter}: ${record.plan.method.description}`,
      `- Started by: ${record.plan.input.startedBy ?? 'not told'}; ticket: ${record.plan.input.ticket ?? 'none'}; reason: ${record.plan.input.reason ?? 'none'}`,
      `- Test rows carry the tag \`${record.plan.tag}\` in their names`,
      `- Written ${record.recordedAt}`,
    ]),
  ].join('\n');
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`## ${title}`, '', ...lines, ''];
}

function findings(record: RunRecord): string[] {
  return record.findings.map((finding) =>
    [
      `- **${finding.severity}** ${finding.symptom} (${finding.source}; action: ${actionText(finding)}; urgency: ${finding.urgency})`,
      `  - ${finding.because}`,
      `  - Proof: ${finding.proof.map((id) => `\`${id}\``).join(', ')} in \`observations.json\``,
      ...adviceLines(finding).map((line) => `  - Advice: ${line}`),
    ].join('\n'),
  );
}

function rollback(record: RunRecord): string[] {
  const { rollback: done } = record;
  if (done === null) return [];
  return [
    `Cause: **${done.cause}**${done.by === null ? '' : ` (${done.by})`}, ${done.reason}`,
    '',
    `From ${done.startedAt} to ${done.endedAt}: ${done.complete ? 'complete' : '**NOT complete**'}.`,
    '',
    ...done.parts.map((part) => `- ${part.part}: **${part.status}**, ${part.detail}`),
  ];
}

function flows(record: RunRecord): string[] {
  const all = observationsOf(record.observations, 'flow');
  if (all.length === 0) return [];
  const copies = observationsOf(record.observations, 'copy');
  const logs = observationsOf(record.observations, 'log');
  const line = (number: number): string => {
    const before = all.find((one) => one.side === 'baseline' && one.flow === number);
    const after = all.find((one) => one.side === 'after' && one.flow === number);
    const copy = copies.find((one) => one.side === 'after' && one.write === number);
    const log = logs.find((one) => one.side === 'after' && one.write === number);
    const http = (one: typeof before): string =>
      one === undefined ? '–' : `${one.status}${one.http === null ? '' : ` (${String(one.http)})`}`;
    return `| ${String(number)} | ${http(before)} | ${http(after)} | ${copy?.status ?? '–'} | ${log?.status ?? '–'} |`;
  };
  return [
    '| Flow | flag off | flag on | rows | log |',
    '|---|---|---|---|---|',
    ...[1, 2, 3, 4, 5].map(line),
  ];
}

function latency(record: RunRecord): string[] {
  const again = record.rollback?.secondBaseline;
  const all = [...observationsOf(record.observations, 'latency'), ...(again === undefined ? [] : [again])];
  if (all.length === 0) return [];
  const sides: Readonly<Record<Side, string>> = {
    baseline: 'flag off',
    rollback: 'after the rollback',
    after: 'flag on',
    strict: 'strict',
    simulation: 'failure simulated',
  };
  const ms = (value: number | null): string => (value === null ? '–' : `${value.toFixed(1)} ms`);
  return [
    '| | | samples | failures | average | p50 | p95 |',
    '|---|---|---:|---:|---:|---:|---:|',
    ...all.map(
      (one) =>
        `| ${measuredOperation(one.operation).title} | ${sides[one.side]} | ${String(one.samples)} | ${String(one.failures)} | ${ms(one.averageMs)} | ${ms(one.p50Ms)} | ${ms(one.p95Ms)} |`,
    ),
  ];
}

function queries({ observations }: RunRecord): string[] {
  const sides = [queriesOf(observations, 'baseline'), queriesOf(observations, 'after')];
  if (sides.every((side) => side === null)) return [];
  const cells = (operation: string): string[] =>
    sides.map((side) => {
      const one = side?.operations.find((other) => other.operation === operation);
      if (one === undefined) return '–';
      return `${String(one.request)} + ${one.commitHooks === null ? '?' : String(one.commitHooks)}`;
    });
  return [
    'Of the request + of its commit hooks; decides nothing. What is missing stands in `query_counts.txt`.',
    '',
    '| | flag off | flag on | expected |',
    '|---|---:|---:|---:|',
    ...QUERY_OPERATIONS.map(
      ({ operation, title, expected }) =>
        `| ${title} | ${cells(operation).join(' | ')} | ${expected.join('-')} |`,
    ),
  ];
}

function decisions(record: RunRecord): string[] {
  return record.decisions.map(
    (one) =>
      `- Gate ${one.gate}: **${one.decision}** by ${one.by} (${identityText(one.identity)}) at ${one.at}${one.reason === null ? '' : `: ${one.reason}`}`,
  );
}

function cleanup(record: RunRecord): string[] {
  if (record.cleanup === null) return [];
  const { status, counts, reason } = record.cleanup;
  return [
    `${status}${reason === null ? '' : `: ${reason}`}`,
    '',
    ...Object.entries(counts).map(([table, count]) => `- ${table}: ${String(count)}`),
  ];
}
