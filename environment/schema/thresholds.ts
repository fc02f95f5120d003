import { section, type SchemaNode } from './schema-node.js';
import { integer, number, time } from './values.js';

/** One row of seed §6.2. */
function latencyLimits(
  key: string,
  row: string,
  [acceptable, alert]: readonly [string, string],
): Record<string, SchemaNode> {
  return {
    [`${key}AcceptableP95`]: time(
      `Acceptable p95 of ${row}`,
      `seed §6.2, column "Acceptable p95", row ${row}.`,
      acceptable,
    ),
    [`${key}AlertP95`]: time(
      `Alert p95 of ${row}`,
      `seed §6.2, column "Alert Threshold", row ${row}.`,
      alert,
    ),
  };
}

/** Limits that the rules compare with. */
export const THRESHOLDS = section(
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
    ...latencyLimits('create', 'team create', ['200ms', '300ms']),
    ...latencyLimits('memberAdd', 'member add', ['120ms', '200ms']),
    ...latencyLimits('settings', 'settings update', ['150ms', '250ms']),
  },
);
