import { queriesOf, QUERY_OPERATIONS, queryPairs, type QueryPair } from '../query-counts.js';
import { ADVICE } from './advice.js';
import type { Match, Rule, RuleView } from './rule.js';

const PROOF = ['baseline-queries', 'after-queries'];

/**
 * What the request itself does more with the flag on: the seed promises that copying stays outside of it. An operation
 * that was over its range with the flag off already, and is no further, is the target's own affair.
 */
function grown({ observations }: RuleView): QueryPair[] {
  return queryPairs(observations).filter(({ before, after }) => after.request > before.request);
}

const isOver = ({ expected, after }: QueryPair): boolean => after.request > expected[1];

function tell(pairs: readonly QueryPair[]): Match | null {
  if (pairs.length === 0) return null;
  const words = pairs.map(({ title, expected, before, after }) => {
    const hooks =
      after.commitHooks === null ? 'not counted' : `${String(after.commitHooks)}, told apart from these`;
    return `${title}: ${String(after.request)} queries in the request with the flag on, ${String(before.request)} off; expected ${expected.join('-')} (commit hooks: ${hooks}).`;
  });
  return { because: words.join(' '), proof: PROOF };
}

/**
 * A fact about the target: nothing was enabled when it was counted. Only of counts that say so themselves: runs that were under
 * way when this rule came must go on as they began.
 */
function outsideBefore({ observations }: RuleView): Match | null {
  const baseline = queriesOf(observations, 'baseline');
  if (baseline?.dualWrite !== false) return null;
  const words = QUERY_OPERATIONS.flatMap(({ operation, title, expected }) => {
    const counted = baseline.operations.find((one) => one.operation === operation);
    return counted === undefined || baseline.outsideRange?.includes(operation) !== true
      ? []
      : [`${title}: ${String(counted.request)} queries in the request, expected ${expected.join('-')}.`];
  });
  return words.length === 0
    ? null
    : { because: `With the flag off already: ${words.join(' ')}`, proof: [baseline.id] };
}

const TOLD = {
  severity: 'LOW',
  action: 'continue',
  urgency: 'Normal',
  verdict: null,
  advice: ADVICE.performance,
} as const;

/** Rules about the query counts of seed §6.1. They tell; what the queries cost is judged by the latency. */
export const QUERY_RULES: readonly Rule[] = [
  {
    id: 'baseline-queries-out-of-range',
    symptom:
      'A request makes other numbers of queries than the query table expects, without dual-write already',
    source: 'seed §6.1',
    ...TOLD,
    advice: [
      "Nothing for dual-write: compare the application's version with the one that the query table was made for.",
    ],
    matches: outsideBefore,
  },
  {
    id: 'queries-over-range',
    symptom: 'A request makes more queries than the query table expects, and more than with the flag off',
    source: 'seed §6.1',
    ...TOLD,
    matches: (view) => tell(grown(view).filter(isOver)),
  },
  {
    id: 'queries-grew',
    symptom: 'A request makes more queries than with the flag off, within what the query table expects',
    source: 'own',
    ...TOLD,
    matches: (view) => tell(grown(view).filter((pair) => !isOver(pair))),
  },
];
