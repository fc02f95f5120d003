import type { ReportObservation } from '../../procedure/observations.js';
import type { ManagementInput } from '../contract.js';
import { jsonText, writeEvidenceFile } from '../support/files.js';
import { textOf } from '../support/failure.js';
import { lastWords } from './command.js';
import type { Target } from './target.js';
import { jsonInNoise, reportNumbers } from './validation-report.js';

const TIMEOUT_MS = 180_000;
const ARGUMENTS = ['--sample-size', '100'];

/**
 * seed §8: runs the validation report as text and as JSON and saves both whole, also when they are not what was expected:
 * `baseline/validation_before.*` for the baseline, `after/validation_after.*` otherwise. A repetition writes the same
 * files again.
 */
export async function validationReport(
  target: Target,
  input: ManagementInput,
  signal: AbortSignal,
): Promise<ReportObservation> {
  const name = input.side === 'baseline' ? 'baseline/validation_before' : 'after/validation_after';
  const observation = (
    read: Pick<ReportObservation, 'status' | 'numbers' | 'reason'>,
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
    const json = await report(target, 'json', signal);
    const found = jsonInNoise(json.stdout);
    if (found === null) {
      const reason = `vnext_validation_report --format json printed no JSON object (${lastWords(json)})`;
      await writeEvidenceFile(
        input.evidence,
        `${name}.json`,
        jsonText({ unreadable: reason, output: json.stdout }),
      );
      return observation({ status: 'unreadable', numbers: {}, reason });
    }
    await writeEvidenceFile(input.evidence, `${name}.json`, jsonText(found));
    const { numbers, missing } = reportNumbers(found);
    const reason = missing.length === 0 ? null : `the report has no value for ${missing.join(', ')}`;
    return observation({ status: 'read', numbers, reason });
  } catch (error) {
    signal.throwIfAborted();
    const reason = `the validation report could not be run: ${textOf(error)}`;
    await writeEvidenceFile(input.evidence, `${name}.txt`, `${reason}\n`);
    await writeEvidenceFile(input.evidence, `${name}.json`, jsonText({ unreadable: reason }));
    return observation({ status: 'unreadable', numbers: {}, reason });
  }
}

function report(
  target: Target,
  format: 'text' | 'json',
  signal: AbortSignal,
): ReturnType<Target['runManagement']> {
  return target.runManagement(['vnext_validation_report', '--format', format, ...ARGUMENTS], {
    signal,
    timeoutMs: TIMEOUT_MS,
  });
}
