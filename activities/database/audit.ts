import { sleep } from '@temporalio/activity';
import type { LoadedEnvironment } from '../../environment/settings.js';
import { differencesFile } from '../../procedure/evidence-names.js';
import type { CopyLag, LegacyMarks, LegacyWrites, RowAudit } from '../../procedure/row-audit.js';
import type { AuditInput, SeedQueriesInput, StepScope } from '../contract.js';
import { openEvidenceLines } from '../support/evidence-lines.js';
import { NONE_KNOWN, readKnown, type KnownDifferences } from './audit-baseline.js';
import { openBook, type AuditBook } from './audit-book.js';
import { compareTeams, lookAtMappings, measureLag, type LookInput } from './audit-look.js';
import { LOOK_MS, preferIndexes, readerOf, reasonOrThrow, type Reader } from './audit-reading.js';
import { lookAtUnmapped } from './audit-unmapped.js';
import { fieldsNotCompared } from './copy-rows.js';
import type { Session } from './database.js';
import {
  describeLegacyWrites,
  findLegacyWrites,
  readMarks,
  stillThere,
  type LegacyWrite,
} from './legacy-writes.js';
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
 * writer; every difference becomes a line of the evidence. One that was not there at the baseline is read again in a
 * second snapshot when the lag budget has passed, and counts only if it is still there. What cannot be read gives status
 * `unknown` with the reason; a server that is not reachable throws. Reads only; a repetition measures anew.
 */
export async function auditRows(session: Session, audit: Audit): Promise<RowAudit> {
  const started = performance.now();
  const file = differencesFile(audit.scope.label);
  const lines = await openEvidenceLines(audit.scope.evidence, file);
  const told = (): Pick<RowAudit, 'ms' | 'file'> => ({ ms: Math.round(performance.now() - started), file });
  try {
    const book = openBook(lines, await knownBefore(audit));
    const first = await inSnapshot(session, () =>
      firstLook(readerOf(session, audit.found, LOOK_MS.first), audit, book),
    );
    const legacyWrites = await secondLook(session, audit, { book, first, started });
    await lines.keep();
    const { mappings, newTeams, lag, marks, reasons } = first;
    const lost = audit.input.side === 'after' && audit.input.baseline?.marks === undefined;
    return {
      status: lost ? 'unknown' : 'complete',
      reason: [...(lost ? [NO_BASELINE] : []), ...reasons].join('; ') || null,
      ...{ mappings, newTeams, ...book.counts, lag, legacyWrites, marks },
      ...told(),
    };
  } catch (error) {
    return { ...NOTHING_READ, reason: reasonOrThrow(error), ...told() };
  } finally {
    await lines.discard();
  }
}

const NO_BASELINE =
  'the same look at the baseline is missing, so old differences cannot be told from new ones';

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

interface FirstLook {
  readonly mappings: number;
  readonly newTeams: number;
  readonly lag: CopyLag | null;
  readonly marks: LegacyMarks;
  /** Teams with a difference that was not there at the baseline. */
  readonly again: readonly number[];
  readonly writes: readonly LegacyWrite[] | null;
  readonly reasons: readonly string[];
}

async function firstLook(reader: Reader, audit: Audit, book: AuditBook): Promise<FirstLook> {
  const { input } = audit;
  const again = new Set<number>();
  const indexes = await preferIndexes(reader);
  const marks = await readMarks(reader);
  const sort = lookInput(audit, async ({ teamId, differences, ofRun }) => {
    for (const one of differences) {
      if (book.isOld(one)) await book.enter(one, 'baseline');
      else if (ofRun) await book.enter(one, 'run');
      // With the flag off nothing is under way, so nothing would be different later.
      else if (input.side === 'baseline') await book.enter(one, 'new');
      else again.add(teamId);
    }
  });
  const mappings = await lookAtMappings(reader, indexes, sort);
  const newTeams = await lookAtUnmapped(reader, {
    tag: audit.scope.tag,
    flagOff: input.side === 'baseline',
    since: input.flagOnSince,
    book,
    again,
  });
  const since = input.flagOnSince;
  const lag = since === null ? null : await measureLag(reader, { since, budgetMs: input.lagBudgetMs });
  const writes = await legacyWritesOf(reader, audit);
  const skipped = fieldsNotCompared(reader.found);
  const reasons = [
    ...(skipped.length > 0 ? [`not compared, because a column is not there: ${skipped.join(', ')}`] : []),
    ...(indexes.lacking.length > 0 ? [`slow: no index on ${indexes.lacking.join(', ')}`] : []),
  ];
  return { mappings, newTeams, lag, marks, again: [...again], writes, reasons };
}

/** Confirm before alarm: what is new is looked at again when a copy that was under way must have arrived. */
async function secondLook(
  session: Session,
  audit: Audit,
  { book, first, started }: { readonly book: AuditBook; readonly first: FirstLook; readonly started: number },
): Promise<LegacyWrites | null> {
  const { again, writes } = first;
  if (again.length === 0 && (writes ?? []).length === 0)
    return writes === null ? null : describeLegacyWrites(audit, []);
  await sleep(Math.max(1, started + audit.input.lagBudgetMs - performance.now()));
  return inSnapshot(session, async () => {
    const reader = readerOf(session, audit.found, LOOK_MS.second);
    await preferIndexes(reader);
    const keep = lookInput(audit, async ({ differences }) => {
      for (const one of differences) if (!book.isOld(one)) await book.enter(one, 'new');
    });
    await compareTeams(reader, again, keep);
    if (writes === null) return null;
    const confirmed = await stillThere(reader, writes);
    for (const { words } of confirmed) await book.note({ class: 'legacy-write', row: words, origin: 'new' });
    return describeLegacyWrites(audit, confirmed);
  });
}

function lookInput({ environment, scope }: Audit, visit: LookInput['visit']): LookInput {
  return { rules: environment.settings.copy, tag: scope.tag, visit };
}

async function legacyWritesOf(reader: Reader, { input, scope }: Audit): Promise<LegacyWrite[] | null> {
  const marks = input.baseline?.marks ?? null;
  return marks === null ? null : findLegacyWrites(reader, { marks, tag: scope.tag });
}
