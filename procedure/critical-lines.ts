import { tellsExhaustion } from './connections.js';
import type { LogObservation } from './observations.js';

/** Distinct texts of each kind that are kept of one step. */
const KEPT_A_KIND = 5;

/** Whether a critical line tells that a failing copy made a request fail (seed §5.1). */
export function tellsStrict(text: string): boolean {
  return /strict mode/i.test(text);
}

/** Whether it tells something that only the environment's own patterns know (`log.patterns.critical`). */
export function tellsOther(text: string): boolean {
  return !tellsStrict(text) && !tellsExhaustion(text);
}

const KINDS = [tellsStrict, tellsExhaustion, tellsOther];

/**
 * With one more critical text. Texts that differ in their numbers alone (times, process ids) are one; of each kind five are
 * kept, so that many lines of one kind hide none of another.
 */
export function withCritical(known: readonly string[], text: string): readonly string[] {
  const shape = shapeOf(text);
  if (known.some((one) => shapeOf(one) === shape)) return known;
  const wanted = KINDS.some((is) => is(text) && known.filter(is).length < KEPT_A_KIND);
  return wanted ? [...known, text] : known;
}

/** The critical texts of a step. Older records have the first one alone, as a part of their reason. */
export function criticalTextsOf({ counts, reason, criticalTexts }: LogObservation): readonly string[] {
  if (counts.critical === 0) return [];
  return criticalTexts ?? (reason === null ? [] : [reason]);
}

function shapeOf(text: string): string {
  return text.replace(/\d+/g, '0');
}
