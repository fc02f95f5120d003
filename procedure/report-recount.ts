import { DELTA_KEYS } from './delta.js';

/**
 * The validation report's numbers beside our own counts of the same moment. Pure. The report is a command of the
 * application under test: what it says is a claim (docs/target.md).
 */

/** A count before the report was made and one after it: what the report says lies between, whoever else wrote meanwhile. */
export type Between = readonly [least: number, most: number];

/** What our own SQL counts, under the keys of delta.json and of the report's consistency part; absent = not countable. */
export type ReportCounts = Readonly<Partial<Record<RecountedNumber, number>>>;

export const RECOUNTED_NUMBERS = [...DELTA_KEYS, 'name_mismatches', 'member_mismatches'] as const;
export type RecountedNumber = (typeof RECOUNTED_NUMBERS)[number];

export interface Disagreement {
  readonly number: RecountedNumber;
  readonly reported: number;
  readonly counted: Between;
}

/** The report's numbers, counted again by our own SQL. */
export interface ReportRecount {
  readonly counted: Readonly<Partial<Record<RecountedNumber, Between>>>;
  /** Empty = every number that stands on both sides agrees. */
  readonly disagreements: readonly Disagreement[];
  /** So many numbers stood on both sides; 0 = nothing was compared. */
  readonly compared: number;
  /** Why nothing could be counted; `null` otherwise. */
  readonly reason: string | null;
}

/** The report's lists end here, and it counts the lists. */
const CUT_AT = 10;
const CUT: ReadonlySet<RecountedNumber> = new Set<RecountedNumber>([
  'duplicate_legacy',
  'duplicate_vnext',
  'orphan_mappings',
  'missing_legacy',
  'name_mismatches',
  'member_mismatches',
]);
/** Percent; the report rounds, how far is its own affair. */
const ROUNDING = 0.1;

/** Compares what was reported with what was counted before and after it. */
export function recountOf(
  reported: Readonly<Record<string, number | null>>,
  before: ReportCounts,
  after: ReportCounts,
): ReportRecount {
  const both = RECOUNTED_NUMBERS.flatMap((number) => {
    const [first, second] = [before[number], after[number]];
    if (first === undefined || second === undefined) return [];
    const counted: Between = [Math.min(first, second), Math.max(first, second)];
    return [{ number, counted, reported: reported[number] ?? null }];
  });
  const comparable = both.filter((one): one is Disagreement => one.reported !== null);
  return {
    counted: Object.fromEntries(both.map(({ number, counted }) => [number, counted])),
    disagreements: comparable.filter((one) => !agrees(one)),
    compared: comparable.length,
    reason: null,
  };
}

function agrees({ number, reported, counted: [least, most] }: Disagreement): boolean {
  const slack = number === 'coverage_pct' ? ROUNDING : 0;
  const lowest = CUT.has(number) ? Math.min(CUT_AT, least) : least;
  return reported >= lowest - slack && reported <= most + slack;
}

/** `orphan_mappings: the report says 0, our own count 3`. */
export function disagreementText({ number, reported, counted: [least, most] }: Disagreement): string {
  const own = least === most ? String(least) : `${String(least)} to ${String(most)}`;
  return `${number}: the report says ${String(reported)}, our own count ${own}`;
}
