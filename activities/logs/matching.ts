import { withCritical } from '../../procedure/critical-lines.js';
import type { LogEvent } from '../../procedure/log-events.js';
import type { LogObservation } from '../../procedure/observations.js';
import type { ReadLogInput } from '../contract.js';

type Match = NonNullable<ReadLogInput['match']>;

/** Kept lines of one observation at most; all are counted. */
const LINES_KEPT = 2000;

/**
 * Gathers the events of one write. An event is ours when its ids are; one that carries no id at all is ours only when
 * nothing better is found, because in a shared log it may be anybody's.
 */
export class EventMatcher {
  readonly #counts = { scheduled: 0, completed: 0, failed: 0, critical: 0 };
  readonly #withoutId: LogEvent[] = [];
  /** Events without an id that came after so many: counted, not kept. */
  readonly #moreWithoutId: LogEvent['event'][] = [];
  readonly #lines: string[] = [];
  readonly #settled = new Set<string>();
  readonly #seen = new Set<string>();
  #firstError: string | null = null;
  #criticalTexts: readonly string[] = [];
  #matched = 0;

  constructor(private readonly match: ReadLogInput['match']) {}

  /** Takes one event in. Critical lines count wherever they come from: they are about the target, not about one write. */
  add(event: LogEvent): void {
    const matched = this.#matched;
    if (event.event !== 'critical') this.#addOrdinary(event);
    if (event.critical === null) return;
    this.#counts.critical += 1;
    this.#criticalTexts = withCritical(this.#criticalTexts, event.critical);
    if (this.#matched === matched) this.#keep(event);
  }

  #addOrdinary(event: LogEvent): void {
    const { match } = this;
    if (match === null) {
      this.#take(event);
      return;
    }
    if (event.operation !== null && match.operation !== null && event.operation !== match.operation) return;
    if (event.teamId === null && event.membershipId === null) {
      const nameless = event.operation !== null && match.operation !== null;
      if (nameless && this.#withoutId.length < LINES_KEPT) this.#withoutId.push(event);
      else if (nameless) this.#moreWithoutId.push(event.event);
      return;
    }
    if (isOurs(event, match)) this.#take(event);
  }

  /** Whether anything was found. */
  get found(): boolean {
    return this.#matched + this.#withoutId.length > 0;
  }

  /** Whether every expected write has an end (completed or failed), so that there is nothing to wait for. */
  get settled(): boolean {
    if (this.match === null) return this.#matched > 0;
    const { operation, teamIds, membershipIds } = this.match;
    const expected =
      operation?.includes('_member_') === true ? membershipIds.map(memberKey) : teamIds.map(teamKey);
    return expected.length > 0 ? expected.every((key) => this.#settled.has(key)) : this.#settled.size > 0;
  }

  /** What was found, with the lines for the evidence. */
  result(): {
    readonly counts: LogObservation['counts'];
    readonly status: LogObservation['status'];
    readonly reason: string | null;
    readonly criticalTexts: readonly string[];
    readonly lines: readonly string[];
  } {
    const reasons: string[] = [];
    if (this.#matched === 0 && this.#withoutId.length > 0) {
      for (const event of this.#withoutId) this.#take(event);
      for (const event of this.#moreWithoutId) this.#count(event);
      reasons.push('matched by operation and time only: the lines carry no id');
    }
    const [critical] = this.#criticalTexts;
    if (critical !== undefined) reasons.push(`critical: ${critical}`);
    if (this.#firstError !== null) reasons.push(`first error: ${this.#firstError}`);
    const total = this.#matched + this.#counts.critical;
    if (total > this.#lines.length)
      reasons.push(`the first ${String(this.#lines.length)} of ${String(total)} lines are kept`);
    const missing =
      this.match === null ? 0 : this.match.teamIds.filter((id) => !this.#seen.has(teamKey(id))).length;
    if (this.#matched > 0 && this.match !== null && this.match.teamIds.length > 1 && missing > 0) {
      reasons.push(`no line for ${String(missing)} of ${String(this.match.teamIds.length)} teams`);
    }
    const status = this.#counts.failed > 0 ? 'failed' : this.#matched > 0 ? 'seen' : 'silent';
    return {
      counts: { ...this.#counts },
      status,
      reason: reasons.length > 0 ? reasons.join('; ') : null,
      criticalTexts: this.#criticalTexts,
      lines: this.#lines,
    };
  }

  #count(event: LogEvent['event']): void {
    this.#matched += 1;
    this.#counts[event] += 1;
  }

  #take(event: LogEvent): void {
    this.#count(event.event);
    for (const key of keysOf(event)) {
      this.#seen.add(key);
      if (event.event !== 'scheduled') this.#settled.add(key);
    }
    if (event.event === 'failed' && event.error !== null) this.#firstError ??= event.error.slice(0, 200);
    this.#keep(event);
  }

  #keep(event: LogEvent): void {
    if (this.#lines.length < LINES_KEPT) this.#lines.push(event.raw);
  }
}

/** One id that agrees makes an event ours, unless the other one says that it is somebody else's. */
function isOurs({ teamId, membershipId }: LogEvent, { teamIds, membershipIds }: Match): boolean {
  if (teamId !== null && !teamIds.includes(teamId)) return false;
  if (teamId !== null) return true;
  return membershipId !== null && membershipIds.includes(membershipId);
}

function keysOf({ teamId, membershipId }: LogEvent): string[] {
  return [
    ...(teamId === null ? [] : [teamKey(teamId)]),
    ...(membershipId === null ? [] : [memberKey(membershipId)]),
  ];
}

function teamKey(id: number): string {
  return `team ${String(id)}`;
}

function memberKey(id: number): string {
  return `membership ${String(id)}`;
}
