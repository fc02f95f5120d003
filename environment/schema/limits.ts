import { GATES } from '../../procedure/phases.js';
import { RULES } from '../../procedure/rules/table.js';
import { section, type SchemaNode } from './schema-node.js';
import { THRESHOLDS } from './thresholds.js';
import { choice, integer, number, time } from './values.js';

function otherWrites(title: string, fallback: number): SchemaNode {
  const description =
    'Timed on teams that the creates made, one each, so never more than those; 0 = not measured.';
  return integer(title, description, { min: 0, max: 500, fallback });
}

const DEADLINES = {
  enable: 'When it passes, the run is rejected; nothing was changed.',
  soak: 'When it passes, the run rolls back.',
  finish: 'When it passes, dual-write is disabled and nothing is cleaned up.',
} as const;

/** How much is measured, how long is waited, and where limits stand. */
export const LIMITS: Readonly<Record<string, SchemaNode>> = {
  thresholds: THRESHOLDS,
  rules: section(
    {
      title: 'Rules',
      description: 'How the decision matrix is applied (docs/rules.md).',
      examples: [{ shadow: ['copies-late'] }],
    },
    {
      shadow: {
        type: 'array',
        title: 'Shadow',
        description:
          'Rules that are reported with what they would have done, and do nothing. What one of them would have made NO_GO is INCONCLUSIVE, never GO.',
        uniqueItems: true,
        items: {
          type: 'string',
          title: 'Rule',
          description: 'Name of a rule.',
          enum: RULES.map(({ id }) => id),
          examples: ['copies-late'],
        },
        default: [],
        examples: [['copies-late']],
      },
    },
  ),
  samples: section(
    {
      title: 'Samples',
      description: 'The writes of the performance test (seed §6.3), on each side.',
      examples: [{ measured: 100, warmUp: 3, claim: 'p95', ratePerSecond: 4, queryCounts: true }],
    },
    {
      measured: integer('Measured', 'Creates that count; a run may ask for another number.', {
        min: 1,
        max: 500,
        fallback: 100,
      }),
      claim: choice(
        'Claim',
        'p95: an interval for p95 is wanted, and fewer than 72 successes a side are INCONCLUSIVE. none: point estimates do, and nothing is claimed.',
        ['p95', 'none'],
      ),
      ratePerSecond: number(
        'Rate per second',
        'Creates that are due in a second, whether or not the ones before were answered. At one a second the most samples take 500 s, within the time of their step.',
        { min: 1, max: 100, fallback: 4 },
      ),
      queryCounts: {
        type: 'boolean',
        title: 'Query counts',
        description:
          'Whether the queries of a request are counted inside the target (seed §6.1), by manage.py, in a transaction that is rolled back; only sequences go on. Off: they are not, and nothing else changes.',
        default: true,
        examples: [true],
      },
      secondBaseline: {
        type: 'boolean',
        title: 'Second baseline',
        description:
          'Whether the creates are timed once more after a rollback, when the flags are back, to see whether the target is itself again.',
        default: true,
        examples: [true],
      },
      warmUp: integer(
        'Warm-up',
        'Creates before them that do not count; the first request after a restart is several times slower.',
        { min: 0, max: 50, fallback: 3 },
      ),
      memberAdd: otherWrites('Member adds', 100),
      settings: otherWrites('Settings updates', 100),
      roleUpdate: otherWrites('Role updates', 30),
      memberRemove: otherWrites('Member removals', 30),
    },
  ),
  deadlines: section(
    { title: 'Deadlines', description: 'How long a run waits for people.', examples: [{ enable: '24h' }] },
    {
      ...Object.fromEntries(GATES.map((gate) => [gate, time(`Gate ${gate}`, DEADLINES[gate], '24h')])),
      attention: time('Attention', 'When it passes without an answer, the run rolls back.', '2h'),
      ask: time('Question', 'A finding that asks people: without an answer the run rolls back.', '15m'),
      pause: time('Pause', 'When a pause is not over by then, the run rolls back.', '4h'),
      preconditions: time(
        'Preconditions',
        'When it passes with a precondition still unmet, the run is refused.',
        '30m',
      ),
    },
  ),
  freshness: section(
    {
      title: 'Freshness',
      description: 'How old proofs may be; older ones are measured again and the gate asks again.',
      examples: [{ baseline: '24h' }],
    },
    {
      baseline: time('Baseline', 'Age of the baseline at enabling.', '24h'),
      proofs: time('Proofs', "Age of the verdict's proofs at gate soak.", '1h'),
    },
  ),
  soak: section(
    {
      title: 'Soak',
      description: 'What the soak looks at besides its checks.',
      examples: [{ auditEvery: 12 }],
    },
    {
      auditEvery: integer(
        'Audit every',
        'All teams of both models, whoever made them, are compared at every check when that took at most a twentieth of the interval at the baseline; where it takes longer, at every check whose number this divides: 12 is once an hour with the usual interval of 5 minutes.',
        { min: 1, max: 10_000, fallback: 12 },
      ),
    },
  ),
  rollback: section(
    { title: 'Rollback', description: 'Taking the flag back.', examples: [{ patience: '2m' }] },
    {
      patience: time(
        'Patience',
        'After this time without success people are called and the outcome reads ROLLBACK_INCOMPLETE; attempts go on.',
        '2m',
      ),
    },
  ),
};
