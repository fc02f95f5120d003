// All row checks of a run in a process of its own, whose memory is measured. Told by JSON on stdin, answers by JSON on stdout.
import { text } from 'node:stream/consumers';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createDatabaseActivities } from '../../dist/activities/database/database-activities.js';
import { createDatabases } from '../../dist/activities/database/database.js';

const { environment, url, folder, baseline, teamIds, lagBudgetMs } = JSON.parse(await text(process.stdin));
const databases = createDatabases({ resolveSecret: () => Promise.resolve(url) });
const activities = createDatabaseActivities(
  { loadEnvironment: () => Promise.resolve(environment) },
  databases,
);
const within = (step, input) => new MockActivityEnvironment().run(() => step(input));
const scope = {
  environment: { name: 'unit', digest: 'd' },
  evidence: { name: 'x', path: folder },
  tag: '0a1b2c3d',
};
const copies = () =>
  within(activities.compareCopies, {
    ...{ ...scope, observationId: 'after-performance-rows', side: 'after', write: 'performance' },
    ...{ teamIds, lagBudgetMs: 0 },
  });

// What is loaded and connected on first use is no growth.
await copies();
const before = process.memoryUsage.rss();
let peak = before;
const timer = setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss())), 20);
const started = performance.now();
const database = await within(activities.runSeedQueries, {
  ...scope,
  label: baseline === null ? 'before' : 'after',
  observationId: baseline === null ? 'baseline-database' : 'after-database',
  audit: {
    side: baseline === null ? 'baseline' : 'after',
    flagOnSince: baseline?.marks.at ?? null,
    ...{ lagBudgetMs, baseline },
  },
});
const copy = await copies();
const ms = Math.round(performance.now() - started);
clearInterval(timer);
await databases.close();
process.stdout.write(JSON.stringify({ database, copy, ms, grownMb: (peak - before) / 1024 / 1024 }));
