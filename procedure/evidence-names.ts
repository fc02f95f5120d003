import { flowOf, type FlowNumber } from './flows.js';
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
  return side === 'after' ? `logs/${file}` : `logs/rollback_${file}`;
}

/** seed §6.3: one line a request, then average and percentiles. */
export function latencyFile(side: Side): string {
  if (side === 'baseline') return 'baseline/latency_team_create.txt';
  return side === 'after' ? 'logs/latency_team_create.txt' : 'logs/rollback_latency_team_create.txt';
}

/** The same times as an HdrHistogram log, whole, for any tool that reads one. */
export function latencyHistogramFile(side: Side): string {
  return latencyFile(side).replace(/\.txt$/, '.hlog');
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
