import { withCritical } from '../../procedure/critical-lines.js';
import { dualWriteLogFile } from '../../procedure/evidence-names.js';
import type { LogEvent } from '../../procedure/log-events.js';
import type { LogObservation } from '../../procedure/observations.js';
import type { FollowLogInput, LogCursor } from '../contract.js';
import { writeEvidenceFile } from '../support/files.js';
import { redact } from '../support/redact.js';
import type { Unseen } from './log-sight.js';

const LINES_KEPT = 2000;

/** What a heartbeat carries: a cursor, and what the lines before it said. */
export interface FollowProgress {
  readonly next: LogCursor;
  readonly counts: LogObservation['counts'];
  /** The first critical text; attempts of older versions carry no others. */
  readonly critical: string | null;
  /** What could not be read then, and for how long already; absent = everything was. */
  readonly unseen?: readonly Unseen[];
  readonly criticalTexts?: readonly string[];
  /** Lines were lost before this place. */
  readonly lost?: true;
}

/** The dual-write lines that one attempt saw, added to the counts of the attempts before it. */
export class FollowedLines {
  readonly counts: Record<keyof LogObservation['counts'], number>;
  readonly lines: string[] = [];
  /** Lines were there that nobody can read any more. */
  lost: boolean;
  #criticalTexts: readonly string[];
  #seen = 0;
  #saved = 0;

  constructor(before: FollowProgress | null) {
    this.counts = { ...(before?.counts ?? { scheduled: 0, completed: 0, failed: 0, critical: 0 }) };
    const first = before?.critical ?? null;
    this.#criticalTexts = before?.criticalTexts ?? (first === null ? [] : [first]);
    this.lost = before?.lost === true;
  }

  add(event: LogEvent): void {
    this.counts[event.event] += 1;
    if (event.critical !== null) {
      if (event.event !== 'critical') this.counts.critical += 1;
      this.#criticalTexts = withCritical(this.#criticalTexts, redact(event.critical));
    }
    this.#seen += 1;
    // A critical line is kept whatever the number: it is what people will look for.
    if (this.lines.length < LINES_KEPT || event.critical !== null) this.lines.push(event.raw);
  }

  /** The first critical text, with what stands around it. */
  get critical(): string | null {
    return this.#criticalTexts[0] ?? null;
  }

  /** A few distinct ones of each kind. */
  get criticalTexts(): readonly string[] {
    return this.#criticalTexts;
  }

  get seen(): number {
    return this.#seen;
  }

  /** Whether lines came since the last `saved()`. */
  get fresh(): boolean {
    return this.lines.length > this.#saved;
  }

  saved(count: number): void {
    this.#saved = count;
  }

  progress(next: LogCursor): FollowProgress {
    const { counts, critical, criticalTexts } = this;
    const lost = this.lost ? { lost: true as const } : {};
    return { next, counts: { ...counts }, critical, criticalTexts, ...lost };
  }
}

/** Writes the lines of one attempt, when there are new ones; each attempt has a file of its own and so loses none of another. */
export async function saveLines(
  input: FollowLogInput,
  { lines, attempt }: { readonly lines: FollowedLines; readonly attempt: number },
): Promise<void> {
  if (!lines.fresh) return;
  const count = lines.lines.length;
  const cut = lines.seen > count ? `, the first ${String(count)} of ${String(lines.seen)}` : '';
  const head = `# ${String(count)} dual-write line(s) of ${input.observationId}${cut}`;
  const name = attempt === 1 ? input.observationId : `${input.observationId}-attempt-${String(attempt)}`;
  await writeEvidenceFile(
    input.evidence,
    dualWriteLogFile(name),
    redact([head, ...lines.lines, ''].join('\n')),
  );
  lines.saved(count);
}
