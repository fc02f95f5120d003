import { resolve } from 'node:path';
import { compareRecords, type ComparedValue, type Comparison } from '../../procedure/comparison.js';
import { handle, type Registry } from '../cli.js';
import { EXIT } from '../exit-codes.js';
import type { Paint } from '../terminal/paint.js';
import { printableDeep } from '../terminal/printable.js';
import { renderTable } from '../terminal/table.js';
import { judging, readRecord } from '../verify/read-record.js';

/** `readiness compare`: what is different between two runs, offline. 0 whatever it found. */
export function addCompare(registry: Registry): void {
  const command = registry.program
    .command('compare')
    .description('show what is different between two runs, offline')
    .argument('<first>', 'evidence folder of the earlier run')
    .argument('<second>', 'evidence folder of the later run');
  handle(command, registry, async (call) => {
    const folders = call.args.map((folder) => resolve(call.cli.io.cwd, folder));
    const [first, second] = await Promise.all(
      [folders[0] ?? '.', folders[1] ?? '.'].map((folder) => readRecord(folder)),
    );
    if (first === undefined || second === undefined) throw new RangeError('two folders were given');
    const [comparison, lines] = judging(folders.join(' or '), () => {
      const found = compareRecords(first, second);
      return [found, render(printableDeep(found), call.output.paint)] as const;
    });
    call.output.line(...lines);
    call.output.document({ folders, runIds: [first.runId, second.runId], ...comparison });
    return EXIT.ok;
  });
}

function render(comparison: Comparison, paint: Paint): string[] {
  const { verdicts, plan, findings, results, latency } = comparison;
  const parts: readonly (readonly [string, readonly ComparedValue[], string])[] = [
    ['Plan', plan, 'planned alike'],
    ['Findings', findings, 'the same'],
    ['Results', results, 'the same'],
    ['Latency', latency, 'not measured'],
  ];
  return [
    paint.bold(`Verdict: ${verdicts.first ?? '-'} → ${verdicts.second ?? '-'}`),
    ...parts.flatMap(([title, values, none]) =>
      values.length === 0
        ? ['', `${title}: ${none}.`]
        : [
            '',
            paint.bold(title),
            ...renderTable(
              ['WHAT', 'FIRST', 'SECOND', ''],
              values.map((one) => [one.what, one.first ?? '-', one.second ?? '-', one.note ?? '']),
            ),
          ],
    ),
  ];
}
