import { FLOWS, type DualWriteOperation } from './flows.js';

/** What one line of the target's log says about dual-write. Any field may be missing (`null`): no shape carries all. */
export interface LogEvent {
  /** `critical`: nothing but a critical text (strict mode raised, a pattern of the environment). */
  readonly event: 'scheduled' | 'completed' | 'failed' | 'critical';
  readonly operation: DualWriteOperation | null;
  readonly teamId: number | null;
  readonly membershipId: number | null;
  /** Id of the row that the copy made: a legacy team or a legacy membership. */
  readonly legacyId: number | null;
  readonly durationMs: number | null;
  readonly error: string | null;
  /**
   * The critical text that the line holds, with what stands around it, at most 300 characters; `null` = none. Such a line
   * can be an ordinary event besides, such as a copy that failed for want of connections.
   */
  readonly critical: string | null;
  /** The line as it stood there, at most 4,096 characters. */
  readonly raw: string;
}

const RAW_LIMIT = 4096;
const AROUND_LIMIT = 300;

/** The line, cut to what stands around the place where a critical text was found. */
export function around(line: string, at: number, length: number): string {
  if (line.length <= AROUND_LIMIT) return line;
  const before = Math.max(0, Math.floor((AROUND_LIMIT - length) / 2));
  const from = Math.max(0, Math.min(at - before, line.length - AROUND_LIMIT));
  return line.slice(from, from + AROUND_LIMIT);
}

/** An event of a line that says nothing more than that. */
export function bareEvent(line: string, event: LogEvent['event'], critical: string | null = null): LogEvent {
  const fields = {
    operation: null,
    teamId: null,
    membershipId: null,
    legacyId: null,
    durationMs: null,
    error: null,
  };
  return { event, ...fields, critical, raw: line.slice(0, RAW_LIMIT) };
}

const EVENT_TYPES: ReadonlyMap<unknown, LogEvent['event']> = new Map([
  ['dual_write_scheduled', 'scheduled'],
  ['dual_write_completed', 'completed'],
  ['dual_write_failed', 'failed'],
]);

/** The event of an `event_type` field; `null` when it is another application's or none. */
export function eventOf(value: unknown): LogEvent['event'] | null {
  return EVENT_TYPES.get(value) ?? null;
}

/** The operation of an `operation` field; `null` when it is none of the five flows'. */
export function operationOf(value: unknown): DualWriteOperation | null {
  return FLOWS.find((flow) => flow.operation === value)?.operation ?? null;
}

/** A text that is not empty. */
export function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

/** A positive whole number, also when written as text. */
export function idOf(value: unknown): number | null {
  const id = numberOf(value);
  return id !== null && Number.isSafeInteger(id) && id > 0 ? id : null;
}

/** A finite number, also when written as text. */
export function numberOf(value: unknown): number | null {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value !== 'string' || !/^-?\d+(?:\.\d+)?$/.test(value)) return null;
  return Number(value);
}
