import { sep } from 'node:path';
import Sequencer from '@jest/test-sequencer';

/**
 * Files that take minutes, the longest first. On a fresh clone jest knows no durations and begins with the largest files; these
 * are short texts about long runs, and would be alone at the end while the other worker has nothing left to do.
 */
export const LONG = [
  'steering/kills',
  'steering/guardian',
  'steering/boundaries',
  'truth/single',
  'steering/watching',
  'truth/pairs',
  'steering/page',
  'steering/frozen',
  'lab/kills',
  'lab/problems',
  'lab/endings',
  'steering/commands',
].map((name) => `${name}.test.ts`);

/** Place among the long ones; those that are not among them come after, in jest's own order. */
function placeOf({ path }) {
  const place = LONG.findIndex((name) => path.split(sep).join('/').endsWith(`/test/${name}`));
  return place === -1 ? LONG.length : place;
}

export default class LongFirst extends Sequencer {
  sort(tests) {
    return super.sort(tests).sort((one, other) => placeOf(one) - placeOf(other));
  }
}
