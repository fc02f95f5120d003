import { performanceTeamName } from '../../procedure/flows.js';
import type { MeasureLatencyInput } from '../contract.js';
import type { LatencySample, SampleOutcome } from './latency-report.js';

/** One create that is to be made. */
export interface PlannedCreate {
  readonly label: string;
  readonly name: string;
  readonly warmUp: boolean;
}

/**
 * Details of a heartbeat: which series, what is done, so that a repeated step keeps the times that were measured, and the
 * labels of what was sent and has no answer yet, so that it times none of them anew.
 */
export interface LatencyProgress {
  readonly series: number;
  readonly done: readonly LatencySample[];
  readonly sent?: readonly string[];
}

/** What all teams of a side's measurements begin with, whatever their series. */
export function prefixOf(input: Pick<MeasureLatencyInput, 'tag' | 'side'>): string {
  return performanceTeamName(input.tag, letterOf(input));
}

/** `bw1` … for the warm-up, then `b01`, `b02` …, the side's letter first; a second series is `b2.w1`, `b2.01` … */
export function plansOf(input: MeasureLatencyInput, series: number): PlannedCreate[] {
  const start = `${letterOf(input)}${series === 1 ? '' : `${String(series)}.`}`;
  const plan = (label: string, warmUp: boolean): PlannedCreate => ({
    label,
    warmUp,
    name: performanceTeamName(input.tag, label),
  });
  return [
    ...Array.from({ length: input.warmUp }, (_, at) => plan(`${start}w${String(at + 1)}`, true)),
    ...Array.from({ length: input.measured }, (_, at) =>
      plan(`${start}${String(at + 1).padStart(2, '0')}`, false),
    ),
  ];
}

/**
 * Which series this try belongs to. A repeated try goes on with its own; a step that is carried out anew (a baseline
 * that grew too old, a phase that a person retries) measures anew, under names that are not taken.
 */
export function seriesOf(
  input: MeasureLatencyInput,
  about: {
    readonly attempt: number;
    readonly names: readonly string[];
    readonly progress: LatencyProgress | null;
  },
): number {
  if (about.progress !== null && about.attempt > 1) return about.progress.series;
  const start = prefixOf(input).length;
  const taken = about.names.map((name) => Number(/^(\d+)\./.exec(name.slice(start))?.[1] ?? 1));
  const last = Math.max(0, ...taken);
  return about.attempt > 1 ? Math.max(1, last) : last + 1;
}

/** The progress that an earlier try's last heartbeat carried; `null` when there is none, or it is none of ours. */
export function progressOf(details: unknown): LatencyProgress | null {
  if (typeof details !== 'object' || details === null || !('series' in details) || !('done' in details))
    return null;
  const { series, done } = details;
  if (typeof series !== 'number' || !Array.isArray(done)) return null;
  const sent = 'sent' in details && Array.isArray(details.sent) ? (details.sent as readonly unknown[]) : [];
  const labels = sent.filter((label): label is string => typeof label === 'string');
  return { series, done: done.flatMap(sampleOf), ...(labels.length === 0 ? {} : { sent: labels }) };
}

const OUTCOMES: Readonly<Record<SampleOutcome, true>> = {
  failed: true,
  unanswered: true,
  'connection-lost': true,
  throttled: true,
  'left-out': true,
};

function isOutcome(value: unknown): value is SampleOutcome {
  return typeof value === 'string' && Object.hasOwn(OUTCOMES, value);
}

function sampleOf(sample: unknown): LatencySample[] {
  if (
    typeof sample !== 'object' ||
    sample === null ||
    !('label' in sample) ||
    typeof sample.label !== 'string'
  )
    return [];
  const { label } = sample;
  const status = 'status' in sample && typeof sample.status === 'number' ? sample.status : null;
  const ms = 'ms' in sample && typeof sample.ms === 'number' ? sample.ms : null;
  const note = 'note' in sample && typeof sample.note === 'string' ? sample.note : null;
  const outcome = 'outcome' in sample && isOutcome(sample.outcome) ? { outcome: sample.outcome } : {};
  const game = 'gameId' in sample && typeof sample.gameId === 'number' ? { gameId: sample.gameId } : {};
  const warmUp = 'warmUp' in sample && sample.warmUp === true;
  return [{ label, warmUp, status, ms, note, ...outcome, ...game }];
}

function letterOf(input: Pick<MeasureLatencyInput, 'side'>): string {
  return input.side.charAt(0);
}

/** Which of `users` sends what is about a team: by the number at the end of its label, so that a repetition asks the same one. */
export function userOf(label: string, users: number): number {
  return Number(/\d+$/.exec(label)?.[0] ?? 0) % users;
}
