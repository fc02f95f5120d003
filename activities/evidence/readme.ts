import type { RunRecord } from '../../procedure/run-record.js';

/** A guide to the folder for somebody who finds it a year later. */
export function readmeOf(record: RunRecord): string {
  return `# Evidence of one P5-T6 staging readiness run

Run \`${record.workflowId}\`, environment ${record.plan.environment.name}, started ${record.plan.startedAt}.

| file | what it is |
|---|---|
| \`SUMMARY.md\` | the outcome, why, and the block for the tracker |
| \`baseline/\`, \`after/\` | validation reports, database queries, latencies and responses with the flag off and on |
| \`logs/\` | responses of the five flows, dual-write lines, latency lines, row comparisons |
| \`delta.json\`, \`delta.md\` | what changed between the two validation reports |
| \`plan.json\` | what the run set out to do, without secrets |
| \`observations.json\` | every measurement, with its source and time |
| \`findings.json\` | which rules matched, and the observations that prove it |
| \`decisions.json\` | who decided what at which gate, and every command that reached the run |
| \`run.json\` | all of the above as one record |
| \`manifest.json\`, \`SHA256SUMS\` | a digest for every file |

Check it offline: \`readiness verify <this folder>\`, or \`sha256sum -c SHA256SUMS\`.
`;
}
