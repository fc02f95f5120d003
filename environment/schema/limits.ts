import { GATES } from '../../procedure/phases.js';
import { duration, section, type SchemaNode } from './schema-node.js';

function integer(
  title: string,
  description: string,
  range: { readonly min: number; readonly max: number; readonly fallback: number },
): SchemaNode {
  return {
    type: 'integer',
    title,
    description,
    minimum: range.min,
    maximum: range.max,
    default: range.fallback,
    examples: [range.fallback],
  };
}

function number(
  title: string,
  description: string,
  range: { readonly min: number; readonly max: number; readonly fallback: number },
): SchemaNode {
  return {
    type: 'number',
    title,
    description,
    minimum: range.min,
    maximum: range.max,
    default: range.fallback,
    examples: [range.fallback],
  };
}

function choice(title: string, description: string, values: readonly [string, ...string[]]): SchemaNode {
  return { type: 'string', title, description, enum: values, default: values[0], examples: [values[0]] };
}

function time(title: string, description: string, fallback: string): SchemaNode {
  return duration({ title, description, default: fallback, examples: [fallback] });
}

const THRESHOLDS = section(
  {
    title: 'Thresholds',
    description: 'Limits that the rules compare with (seed §6.2, §7).',
    examples: [{ p95Ratio: 2 }],
  },
  {
    minimumEvents: integer(
      'Minimum events',
      'seed §7 "100% failures": at least so many writes before "all of them" means anything.',
      { min: 1, max: 1000, fallback: 3 },
    ),
    p95Ratio: number('p95 ratio', 'seed §7 "p95 latency >2x baseline".', { min: 1, max: 100, fallback: 2 }),
    minimumDelta: time('Minimum delta', 'A slower p95 matters only from this difference on.', '25ms'),
    connectionShare: number('Connection share', 'Share of the usable database connections, 0 to 1.', {
      min: 0.01,
      max: 1,
      fallback: 0.8,
    }),
    orphanChecks: integer('Orphan checks', 'So many checks in a row must show more orphan mappings.', {
      min: 2,
      max: 100,
      fallback: 3,
    }),
    lagBudget: time(
      'Lag budget',
      'A difference between the models counts when it still stands after this time.',
      '10s',
    ),
    createAcceptableP95: time(
      'Acceptable p95 of create',
      'seed §6.2, column "Acceptable p95", row team create.',
      '200ms',
    ),
    createAlertP95: time(
      'Alert p95 of create',
      'seed §6.2, column "Alert Threshold", row team create.',
      '300ms',
    ),
  },
);

const DEADLINES = {
  enable: 'When it passes, the run is rejected; nothing was changed.',
  soak: 'When it passes, the run rolls back.',
  finish: 'When it passes, dual-write is disabled and nothing is cleaned up.',
} as const;

/** How much is measured, how long is waited, and where limits stand. */
export const LIMITS: Readonly<Record<string, SchemaNode>> = {
  thresholds: THRESHOLDS,
  samples: section(
    {
      title: 'Samples',
      description: 'The team creates of the performance test (seed §6.3), on each side.',
      examples: [{ measured: 100, warmUp: 3, claim: 'p95', ratePerSecond: 4 }],
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
      warmUp: integer(
        'Warm-up',
        'Creates before them that do not count; the first request after a restart is several times slower.',
        { min: 0, max: 50, fallback: 3 },
      ),
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
        'All teams of both models are compared at every check whose number this divides, whoever made them: 12 is once an hour with the usual interval of 5 minutes.',
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
