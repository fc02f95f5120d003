import { DETECTIONS, type Detection } from './detection.js';
import { WITNESSES, type Witness } from './witnesses.js';

/** The detection table as it stands in `docs/detection.md`. */
export function detectionTable(): string {
  const head = ['fault', 'what it is', ...WITNESSES, 'finding', 'verdict', 'end'];
  return [head, head.map(() => '---'), ...DETECTIONS.map(rowOf)]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}

function rowOf(detection: Detection): string[] {
  const { fault, what, finding, verdict, outcome } = detection;
  return [
    `\`${fault}\``,
    what,
    ...WITNESSES.map((witness) => wordOf(detection, witness)),
    finding === null ? 'none' : `\`${finding.rule}\` (${finding.severity}, ${finding.action})`,
    verdict,
    outcome,
  ];
}

function wordOf({ seenBy, maySee, noReport }: Detection, witness: Witness): string {
  if (seenBy.includes(witness)) return '**yes**';
  if (maySee?.includes(witness) === true) return 'maybe';
  return witness === 'report' && noReport === true ? 'not asked' : 'no';
}
