import { isNameOfRun } from '../../procedure/flows.js';
import type { CopyRows } from '../../procedure/copy-rows.js';
import type { RowDifference } from '../../procedure/observations.js';
import type { ClassCounts } from '../../procedure/row-audit.js';
import type { EvidenceLines } from '../support/evidence-lines.js';
import type { KnownDifferences } from './audit-baseline.js';

/** `baseline`: was there before. `run`: a team of this run. `flag-off`: made before enabling, nobody was to copy it. */
type Origin = 'baseline' | 'run' | 'flag-off' | 'new';

/** Differences in the observation at most. */
const EXAMPLES = 10;

/** Keeps account of differences: each becomes a line of the evidence, the observation gets the counts. */
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

export function openBook(lines: EvidenceLines, known: KnownDifferences): AuditBook {
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
      await lines.add({ ...difference, origin });
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
