import { cancellationSignal } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { LoadedEnvironment } from '../../environment/settings.js';
import { APPLICATIONS_KEPT, applicationsText } from '../../procedure/connections.js';
import { seedQueriesFile } from '../../procedure/evidence-names.js';
import type { DatabaseObservation } from '../../procedure/observations.js';
import type { SeedQueriesInput } from '../contract.js';
import { writeEvidenceFile } from '../support/files.js';
import { auditRows } from './audit.js';
import type { Databases, Session } from './database.js';
import { countConnections, type Connections } from './connections.js';
import { countMappings, type OwnCounts } from './own-counts.js';
import { textOrNull } from './rows.js';
import { correctedQueries, SEED_QUERIES } from './seed-sql.js';
import { findTables, type FoundTables } from './tables.js';
import { inReadOnly } from './transactions.js';

/**
 * Runs the three queries of seed §5.3 twice, as they stand in the runbook and with the real names, saves each with its
 * result or exact error, and counts orphans, duplicates and connections by our own SQL. A query that the server
 * refuses is a result; a server that is not reachable throws. With `audit` also all teams are compared (audit.ts).
 * Reads only; a repetition writes the same files again.
 */
export async function runQueries(
  databases: Databases,
  environment: LoadedEnvironment,
  input: SeedQueriesInput,
): Promise<DatabaseObservation> {
  const at = new Date().toISOString();
  return databases.withDatabase(environment, cancellationSignal(), async (session) => {
    const found = await findTables(session, environment.settings.database.tables);
    const lines = [`Database checks of seed §5.3, ${at}`, '', ...tableLines(found)];
    const corrected = correctedQueries(found);
    for (const [number, query] of SEED_QUERIES.entries()) {
      lines.push(
        '',
        `-- ${query.title}`,
        '',
        'As in the runbook:',
        query.sql,
        `→ ${await answerOf(session, query.sql)}`,
      );
      const own = corrected[number];
      lines.push('', 'With the real names:');
      if (own?.sql === undefined) lines.push(`→ not run: ${own?.reason ?? 'a table is missing'}`);
      else lines.push(own.sql, `→ ${await answerOf(session, own.sql)}`);
    }
    const mappings = await counted(() => countMappings(session, found));
    const connections = await counted(() => countConnections(session));
    lines.push('', '-- Our own counts', ...ownLines(mappings, connections), '');
    await writeEvidenceFile(input.evidence, seedQueriesFile(input.label), lines.join('\n'));
    const observation = observationOf({ input, at, mappings, connections });
    if (input.audit === undefined) return observation;
    const audit = { environment, scope: input, input: input.audit, found };
    return { ...observation, audit: await auditRows(session, audit) };
  });
}

/** Each query in a transaction of its own: an error would end a common one, and none of them may write. */
async function answerOf(session: Session, sql: string): Promise<string> {
  let answer = '';
  await inReadOnly(session, async () => {
    const result = await session.attempt('running a query of seed §5.3', sql);
    answer = result.ok ? (textOrNull(result.answer.rows[0] ?? {}, 'count') ?? 'no row') : result.error;
  });
  return answer;
}

type Counted<T> =
  { readonly value: T; readonly reason: null } | { readonly value: null; readonly reason: string };

async function counted<T>(count: () => Promise<T>): Promise<Counted<T>> {
  try {
    return { value: await count(), reason: null };
  } catch (error) {
    if (error instanceof ApplicationFailure && error.nonRetryable === true)
      return { value: null, reason: error.message };
    throw error;
  }
}

function tableLines(found: FoundTables): string[] {
  return [
    'Tables in use:',
    ...Object.values(found.tables).map(
      (table) => `  ${table.key}: ${table.fullName} (found as ${table.candidate})`,
    ),
    ...found.missing.map((one) => {
      const near = one.nearMisses.length > 0 ? `; similar: ${one.nearMisses.join(', ')}` : '';
      return `  ${one.key}: not found, tried ${one.candidates.join(', ')}${near}`;
    }),
    `  time of a mapping: ${found.mappingTime ?? 'no such column'}`,
  ];
}

function ownLines(mappings: Counted<OwnCounts>, connections: Counted<Connections>): string[] {
  return [
    ...(mappings.value === null
      ? [`mappings: not counted: ${mappings.reason}`]
      : [
          `orphan mappings: ${String(mappings.value.orphanMappings)} (new team missing: ${String(mappings.value.orphansInNew)}, legacy team missing: ${String(mappings.value.orphansInLegacy)})`,
          `legacy ids mapped more than once: ${String(mappings.value.duplicateLegacyIds)}`,
          `new ids mapped more than once: ${String(mappings.value.duplicateNewIds)}`,
        ]),
    connections.value === null
      ? `connections: not counted: ${connections.reason}`
      : `connections: ${String(connections.value.used)} of ${String(connections.value.usable)} usable: ${applicationsText(connections.value.applications)}`,
  ];
}

function observationOf(measured: {
  input: SeedQueriesInput;
  at: string;
  mappings: Counted<OwnCounts>;
  connections: Counted<Connections>;
}): DatabaseObservation {
  const { input, at, mappings, connections } = measured;
  const duplicateNew = mappings.value?.duplicateNewIds ?? 0;
  const reasons = [
    mappings.reason,
    connections.reason,
    duplicateNew > 0 ? `${String(duplicateNew)} new team(s) are mapped more than once` : null,
  ].filter((reason) => reason !== null);
  return {
    kind: 'database',
    id: input.observationId,
    at,
    source: 'sql',
    orphanMappings: mappings.value?.orphanMappings ?? null,
    duplicateLegacyIds: mappings.value?.duplicateLegacyIds ?? null,
    duplicateNewIds: mappings.value?.duplicateNewIds ?? null,
    connections: connections.value?.used ?? null,
    usableConnections: connections.value?.usable ?? null,
    ...(connections.value === null
      ? {}
      : { applications: connections.value.applications.slice(0, APPLICATIONS_KEPT) }),
    reason: reasons.length > 0 ? reasons.join('; ') : null,
  };
}
