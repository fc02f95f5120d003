import { flowOf, type FlowNumber } from './flows.js';
import type { MeasuredOperationName } from './latency/operations.js';
import type { Side } from './observations.js';

/** Part of a file name made of an observation's id or a label: what could leave the folder or upset a shell becomes `-`. */
export function namePart(text: string): string {
  const safe = text.replace(/[^A-Za-z0-9_.-]+/g, '-').replace(/^[.-]+/, '');
  return safe === '' ? 'unnamed' : safe.slice(0, 120);
}

/** Request and response of a flow; with the flag on under the names of seed §8.1. */
export function flowResponseFile(side: Side, flow: FlowNumber): string {
  const file = `${flowOf(flow).file}_response.json`;
  if (side === 'baseline') return `baseline/${file}`;
  return side === 'after' ? `logs/${file}` : `logs/${side}_${file}`;
}

/** seed §6.3: one line a request, then average and percentiles. */
export function latencyFile(side: Side, operation: MeasuredOperationName = 'team_create'): string {
  const file = `latency_${operation}.txt`;
  if (side === 'baseline') return `baseline/${file}`;
  return side === 'after' ? `logs/${file}` : `logs/rollback_${file}`;
}

/** The same times as an HdrHistogram log, whole, for any tool that reads one. */
export function latencyHistogramFile(side: Side, operation: MeasuredOperationName = 'team_create'): string {
  return latencyFile(side, operation).replace(/\.txt$/, '.hlog');
}

/** Rows and all differences of one comparison. */
export function copiesFile(observationId: string): string {
  return `logs/copies_${namePart(observationId)}.json`;
}

/** The queries of seed §5.3: `before` and `after` beside their reports, those of the soak in a folder of their own. */
export function seedQueriesFile(label: string): string {
  const file = `seed_queries_${namePart(label)}.txt`;
  if (label === 'before') return `baseline/${file}`;
  if (label === 'after') return `after/${file}`;
  return label.startsWith('soak-') ? `logs/soak/${file}` : `logs/${file}`;
}

/** The report's numbers beside our own counts (procedure/report-recount.ts). */
export function recountFile(side: Side): string {
  return side === 'baseline'
    ? 'baseline/validation_recount_before.json'
    : 'after/validation_recount_after.json';
}

/** The table of seed §6.1 as it was measured. */
export function queryCountFile(side: 'baseline' | 'after'): string {
  return `${side}/query_counts.txt`;
}

/** Log lines that one observation matched. One file an observation, so that a repeated step appends nothing twice. */
export function dualWriteLogFile(observationId: string): string {
  return `logs/dual_write_${namePart(observationId)}.log`;
}

/** Every difference between the two models, one JSON line each; beside the queries of the same label. */
export function differencesFile(label: string): string {
  const file = `row_differences_${namePart(label)}.jsonl`;
  if (label === 'before') return `baseline/${file}`;
  if (label === 'after') return `after/${file}`;
  return label.startsWith('soak-') ? `logs/soak/${file}` : `logs/${file}`;
}
