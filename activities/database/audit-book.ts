import { isNameOfRun } from '../../procedure/flows.js';
import type { CopyRows } from '../../procedure/copy-rows.js';
import type { RowDifference } from '../../procedure/observations.js';
import type { ClassCounts } from '../../procedure/row-audit.js';
import type { EvidenceLines } from '../support/evidence-lines.js';
import type { KnownDifferences } from './audit-baseline.js';

/**
 * `baseline`: was there before. `run`: a team of this run. `flag-off`: made before enabling, nobody was to copy it.
 * `new`: the same in two reads a lag budget apart. `unconfirmed`: in the last read alone.
 * `unknown`: nothing tells what was there at the baseline.
 */
type Origin = 'baseline' | 'run' | 'flag-off' | 'new' | 'unconfirmed' | 'unknown';

/** Differences in the observation at most. */
const EXAMPLES = 10;

/** Keeps account of differences: they become lines of the evidence, the observation gets the counts. */
export interface AuditBook {
  readonly counts: Readonly<{
    differences: ClassCounts;
    fresh: ClassCounts;
    ofThisRun: number;
    madeWithFlagOff: number;
    examples: readonly RowDifference[];
  }>;
  enter(difference: RowDifference, origin: Origin): Promise<void>;
  /** Adds a line that is no difference of rows, such as a legacy write. */
  note(line: unknown): Promise<void>;
  /** Whether it was there at the baseline. */
  isOld(difference: RowDifference): boolean;
}

/**
 * `writes`: every difference, or those alone that were not there at the baseline, whose file holds the others. A soak looks
 * hundreds of times; what stood wrong before would fill the disk.
 */
export function openBook(
  lines: EvidenceLines,
  known: KnownDifferences,
  writes: 'all' | 'not-at-baseline',
): AuditBook {
  const differences: Partial<Record<RowDifference['class'], number>> = {};
  const fresh: Partial<Record<RowDifference['class'], number>> = {};
  const examples: RowDifference[] = [];
  let [ofThisRun, madeWithFlagOff] = [0, 0];
  return {
    get counts() {
      return { differences, fresh, ofThisRun, madeWithFlagOff, examples };
    },
    async enter(difference, origin) {
      const kind = difference.class;
      differences[kind] = (differences[kind] ?? 0) + 1;
      if (origin === 'run') ofThisRun += 1;
      if (origin === 'flag-off') madeWithFlagOff += 1;
      if (origin === 'new') {
        fresh[kind] = (fresh[kind] ?? 0) + 1;
        if (examples.length < EXAMPLES) examples.push(difference);
      }
      if (origin !== 'baseline' || writes === 'all') await lines.add({ ...difference, origin });
    },
    note: (line) => lines.add(line),
    isOld: (difference) => known.has(difference),
  };
}

/** Ids of teams that carry the run's tag, by their own name or, where the new team is gone, by that of the twin. */
export function teamsOfRun(rows: CopyRows, tag: string): ReadonlySet<number> {
  const legacy = new Set(
    rows.legacyTeams.filter((team) => isNameOfRun(team.name, tag)).map((team) => team.id),
  );
  return new Set([
    ...rows.newTeams.filter((team) => isNameOfRun(team.name, tag)).map((team) => team.id),
    ...rows.mappings.filter((one) => legacy.has(one.legacyTeamId)).map((one) => one.newTeamId),
  ]);
}
