import type { LoadedEnvironment } from '../../environment/settings.js';
import { differencesFile } from '../../procedure/evidence-names.js';
import type { CopyLag, LegacyMarks, RowAudit } from '../../procedure/row-audit.js';
import type { AuditInput, SeedQueriesInput, StepScope } from '../contract.js';
import { openEvidenceLines } from '../support/evidence-lines.js';
import { NONE_KNOWN, readKnown, type KnownDifferences } from './audit-baseline.js';
import { openBook, type AuditBook } from './audit-book.js';
import { confirmNew, Seen, type Looked } from './audit-confirm.js';
import { lookAtMappings, measureLag } from './audit-look.js';
import { LOOK_MS, preferIndexes, readerOf, reasonOrThrow, type Reader } from './audit-reading.js';
import { lookAtUnmapped } from './audit-unmapped.js';
import { columnsNotThere, fieldsNotCompared } from './copy-rows.js';
import type { Session } from './database.js';
import { findLegacyWrites, readMarks, type LegacyWrite } from './legacy-writes.js';
import type { FoundTables } from './tables.js';
import { inSnapshot } from './transactions.js';

/** What an audit works with. */
export interface Audit {
  readonly environment: LoadedEnvironment;
  readonly scope: StepScope & Pick<SeedQueriesInput, 'label'>;
  readonly input: AuditInput;
  readonly found: FoundTables;
}

/**
 * Compares all teams of both models, whoever made them, in one snapshot that is read in ranges of keys and blocks no
 * writer; every difference becomes a line of the evidence, in a soak those that the baseline's file does not hold. One that
 * was not there at the baseline is read again in a second snapshot when the lag budget has passed, and counts only if the
 * same one is still there. What cannot be read, or not be told from what was there before, gives status `unknown` with the
 * reason; a server that is not reachable throws. Reads only; a repetition measures anew.
 */
export async function auditRows(session: Session, audit: Audit): Promise<RowAudit> {
  const started = performance.now();
  const file = differencesFile(audit.scope.label);
  const lines = await openEvidenceLines(audit.scope.evidence, file);
  const told = (): Pick<RowAudit, 'ms' | 'file'> => ({ ms: Math.round(performance.now() - started), file });
  try {
    const writes = audit.scope.label.startsWith('soak-') ? 'not-at-baseline' : 'all';
    const book = openBook(lines, await knownBefore(audit), writes);
    const first = await inSnapshot(session, () =>
      firstLook(readerOf(session, audit.found, LOOK_MS.first), audit, book),
    );
    const { legacyWrites, unconfirmed, cut } = await confirmNew(session, audit, { ...first, book, started });
    await lines.keep();
    const { mappings, newTeams, lag, marks } = first;
    const notCompared = columnsNotThere(audit.found);
    const lost = baselineLost(audit.input);
    // What was confirmed counts, whatever else is not known.
    const unsure = cut && Object.keys(book.counts.fresh).length === 0;
    const once = `${String(unconfirmed)} difference(s) of the last look were not there at the one before`;
    const reasons = [
      ...(lost === null ? [] : [lost]),
      ...first.reasons,
      ...(unconfirmed > 0 ? [cut ? `${once}, and there was no time to look again` : once] : []),
    ];
    return {
      status: lost !== null || unsure ? 'unknown' : 'complete',
      reason: reasons.join('; ') || null,
      ...{ mappings, newTeams, ...book.counts, lag, legacyWrites, marks },
      ...(notCompared.length === 0 ? {} : { notCompared }),
      ...told(),
    };
  } catch (error) {
    return { ...NOTHING_READ, reason: reasonOrThrow(error), ...told() };
  } finally {
    await lines.discard();
  }
}

/** Why old differences cannot be told from new ones; `null` = they can. */
function baselineLost({ side, baseline }: AuditInput): string | null {
  if (side === 'baseline' || (baseline?.status === 'complete' && baseline.marks !== null)) return null;
  const what = baseline === null ? 'is missing' : `came to nothing (${baseline.reason ?? 'no reason known'})`;
  return `the same look at the baseline ${what}, so old differences cannot be told from new ones`;
}

const NOTHING_READ: Omit<RowAudit, 'reason' | 'ms' | 'file'> = {
  status: 'unknown',
  mappings: 0,
  newTeams: 0,
  differences: {},
  fresh: {},
  ofThisRun: 0,
  madeWithFlagOff: 0,
  examples: [],
  lag: null,
  legacyWrites: null,
  marks: null,
};

async function knownBefore({ input, scope }: Audit): Promise<KnownDifferences> {
  if (input.baseline?.status !== 'complete') return NONE_KNOWN;
  const total = Object.values(input.baseline.differences).reduce((sum, count) => sum + count, 0);
  return readKnown(scope.evidence, input.baseline.file, total);
}

interface FirstLook extends Looked {
  readonly mappings: number;
  readonly newTeams: number;
  readonly lag: CopyLag | null;
  readonly marks: LegacyMarks;
  readonly writes: readonly LegacyWrite[] | null;
  readonly reasons: readonly string[];
}

async function firstLook(reader: Reader, audit: Audit, book: AuditBook): Promise<FirstLook> {
  const { input } = audit;
  const seen = new Seen();
  const lost = baselineLost(input) !== null;
  const indexes = await preferIndexes(reader);
  const at = performance.now();
  const marks = await readMarks(reader);
  const mappings = await lookAtMappings(reader, indexes, {
    rules: audit.environment.settings.copy,
    tag: audit.scope.tag,
    visit: async ({ teamId, differences, ofRun }) => {
      for (const one of differences) {
        if (book.isOld(one)) await book.enter(one, 'baseline');
        else if (ofRun) await book.enter(one, 'run');
        // With the flag off nothing is under way, so nothing would be different later.
        else if (input.side === 'baseline') await book.enter(one, 'new');
        else if (lost) await book.enter(one, 'unknown');
        else seen.add(teamId, one);
      }
    },
  });
  const newTeams = await lookAtUnmapped(reader, {
    tag: audit.scope.tag,
    flagOff: input.side === 'baseline',
    since: input.flagOnSince,
    book,
    lost,
    seen,
  });
  const since = input.flagOnSince;
  const lag = since === null ? null : await measureLag(reader, { since, budgetMs: input.lagBudgetMs });
  const writes = await legacyWritesOf(reader, audit);
  const skipped = fieldsNotCompared(reader.found);
  const reasons = [
    ...(skipped.length > 0 ? [`not compared, because a column is not there: ${skipped.join(', ')}`] : []),
    ...(indexes.lacking.length > 0 ? [`slow: no index on ${indexes.lacking.join(', ')}`] : []),
  ];
  return { mappings, newTeams, lag, marks, seen, at, writes, reasons };
}

async function legacyWritesOf(reader: Reader, { input, scope }: Audit): Promise<LegacyWrite[] | null> {
  const marks = input.baseline?.marks ?? null;
  return marks === null ? null : findLegacyWrites(reader, { marks, tag: scope.tag });
}
