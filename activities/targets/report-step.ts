import { recountFile } from '../../procedure/evidence-names.js';
import type { ReportObservation } from '../../procedure/observations.js';
import { recountOf, type ReportCounts, type ReportRecount } from '../../procedure/report-recount.js';
import type { ManagementInput } from '../contract.js';
import { jsonText, writeEvidenceFile } from '../support/files.js';
import { textOf } from '../support/failure.js';
import { patiently } from '../support/patiently.js';
import { lastWords } from './command.js';
import type { Target } from './target.js';
import { claimedNumbers, jsonInNoise, reportNumbers } from './validation-report.js';

const TIMEOUT_MS = 180_000;
const ARGUMENTS = ['--sample-size', '100'];

/** Counts by our own SQL what the report claims; a text = why it could not be done. */
export type CountForReport = (signal: AbortSignal) => Promise<ReportCounts | string>;

/**
 * seed §8: runs the validation report as text and as JSON and saves both whole, also when they are not what was expected:
 * `baseline/validation_before.*` for the baseline, `after/validation_after.*` otherwise. A repetition writes the same
 * files again. Its numbers are counted again by our own SQL before and after it; what disagrees is read a second time
 * before it is told, so that a write of somebody else in between alarms nobody.
 */
export async function validationReport(
  { target, count }: { readonly target: Target; readonly count: CountForReport },
  input: ManagementInput,
  signal: AbortSignal,
): Promise<ReportObservation> {
  const name = input.side === 'baseline' ? 'baseline/validation_before' : 'after/validation_after';
  const observation = (
    read: Pick<ReportObservation, 'status' | 'numbers' | 'recount' | 'reason'>,
  ): ReportObservation => ({
    kind: 'report',
    id: `${input.side}-report`,
    at: new Date().toISOString(),
    source: 'report',
    side: input.side,
    ...read,
  });
  try {
    const text = await report(target, 'text', signal);
    await writeEvidenceFile(
      input.evidence,
      `${name}.txt`,
      text.stdout === '' ? `(no output; ${lastWords(text)})\n` : text.stdout,
    );
    let read = await readReport({ target, count }, signal);
    if (read.recount !== null && read.recount.disagreements.length > 0)
      read = await readReport({ target, count }, signal);
    const { found, output, recount } = read;
    if (found === null) {
      const reason = `vnext_validation_report --format json printed no JSON object (${lastWords(output)})`;
      await writeEvidenceFile(
        input.evidence,
        `${name}.json`,
        jsonText({ unreadable: reason, output: output.stdout }),
      );
      return observation({ status: 'unreadable', numbers: {}, reason });
    }
    await writeEvidenceFile(input.evidence, `${name}.json`, jsonText(found));
    await writeEvidenceFile(input.evidence, recountFile(input.side), jsonText(recount));
    const { numbers, missing } = reportNumbers(found);
    const reason = missing.length === 0 ? null : `the report has no value for ${missing.join(', ')}`;
    return observation({ status: 'read', numbers, recount, reason });
  } catch (error) {
    signal.throwIfAborted();
    const reason = `the validation report could not be run: ${textOf(error)}`;
    await writeEvidenceFile(input.evidence, `${name}.txt`, `${reason}\n`);
    await writeEvidenceFile(input.evidence, `${name}.json`, jsonText({ unreadable: reason }));
    return observation({ status: 'unreadable', numbers: {}, reason });
  }
}

type Output = Awaited<ReturnType<Target['runManagement']>>;
type Read =
  | { readonly output: Output; readonly found: null; readonly recount: null }
  | {
      readonly output: Output;
      readonly found: Readonly<Record<string, unknown>>;
      readonly recount: ReportRecount;
    };

/**
 * One whose output is no report is asked once more before that is told: what runs a command elsewhere may lose the end of its
 * output.
 */
async function readReport(
  services: { readonly target: Target; readonly count: CountForReport },
  signal: AbortSignal,
): Promise<Read> {
  const read = await readBetweenCounts(services, signal);
  return read.found === null ? readBetweenCounts(services, signal) : read;
}

/** The report as JSON, with a count of ours right before it and one right after it. */
async function readBetweenCounts(
  { target, count }: { readonly target: Target; readonly count: CountForReport },
  signal: AbortSignal,
): Promise<Read> {
  const before = await count(signal);
  const output = await report(target, 'json', signal);
  const found = jsonInNoise(output.stdout);
  if (found === null) return { output, found, recount: null };
  const after = typeof before === 'string' ? before : await count(signal);
  if (typeof before === 'string') return { output, found, recount: notCounted(before) };
  if (typeof after === 'string') return { output, found, recount: notCounted(after) };
  return { output, found, recount: recountOf(claimedNumbers(found), before, after) };
}

function notCounted(reason: string): ReportRecount {
  return { counted: {}, disagreements: [], compared: 0, reason };
}

function report(
  target: Target,
  format: 'text' | 'json',
  signal: AbortSignal,
): ReturnType<Target['runManagement']> {
  const args = ['vnext_validation_report', '--format', format, ...ARGUMENTS];
  // It only reads, so that one whose connection broke may be run again.
  return patiently({ signal, forMs: target.patienceMs ?? 0 }, () =>
    target.runManagement(args, { signal, timeoutMs: TIMEOUT_MS }),
  );
}
