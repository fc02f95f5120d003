import { resolve } from 'node:path';
import { evaluateRecord, type Evaluation } from '../../procedure/evaluation.js';
import { handle, type Registry } from '../cli.js';
import { EXIT } from '../exit-codes.js';
import type { Paint } from '../terminal/paint.js';
import { printableDeep } from '../terminal/printable.js';
import { renderTable } from '../terminal/table.js';
import { judging, readRecord } from '../verify/read-record.js';

/** `readiness evaluate`: findings and verdict again, from the recorded observations, offline. 0 as recorded, 1 not. */
export function addEvaluate(registry: Registry): void {
  const command = registry.program
    .command('evaluate')
    .description("derive a run's findings and verdict again from its recorded observations, offline")
    .argument('<folder>', 'evidence folder of a run');
  handle(command, registry, async (call) => {
    const [folder = '.'] = call.args;
    const path = resolve(call.cli.io.cwd, folder);
    const record = await readRecord(path);
    const evaluation = judging(path, () => evaluateRecord(record));
    call.output.line(...render(printableDeep(evaluation), call.output.paint));
    call.output.document({ folder: path, runId: record.runId, ...evaluation });
    return evaluation.differences.length === 0 ? EXIT.ok : EXIT.failed;
  });
}

function render(evaluation: Evaluation, paint: Paint): string[] {
  const { findings, reasons, verdict, differences } = evaluation;
  const table = renderTable(
    ['RULE', 'SEVERITY', 'ACTION', 'VERDICT', 'BECAUSE'],
    findings.map((one) => [one.rule, one.severity, one.action, one.verdict ?? '-', one.because]),
  );
  return [
    paint.bold(`Verdict: ${verdict}`),
    ...reasons.map((reason) => `  ${reason}`),
    ...(findings.length === 0 ? ['No finding.'] : table),
    ...differences.map((one) => paint.red(`  differs: ${one}`)),
    differences.length === 0
      ? paint.green('Findings and verdict are those of the record.')
      : paint.red('The record does NOT follow from its observations by the rules of this version.'),
  ];
}
