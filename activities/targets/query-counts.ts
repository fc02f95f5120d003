import type { LoadedEnvironment } from '../../environment/settings.js';
import { queryCountFile } from '../../procedure/evidence-names.js';
import type { QueriesObservation } from '../../procedure/observations.js';
import { outsideRange } from '../../procedure/query-counts.js';
import type { CountQueriesInput } from '../contract.js';
import type { Databases } from '../database/database.js';
import { freeGames } from '../database/free-games.js';
import { findTables } from '../database/tables.js';
import { textOf } from '../support/failure.js';
import { writeEvidenceFile } from '../support/files.js';
import type { CommandResult } from './command.js';
import { nothing, queryAnswer, type QueryAnswer } from './query-answer.js';
import { queryCountText } from './query-count-file.js';
import { queryCountCode } from './query-question.js';
import type { Target } from './target.js';

const TIMEOUT_MS = 120_000;

interface Services {
  readonly target: Target;
  readonly environment: LoadedEnvironment;
  readonly databases: Databases;
}

/**
 * seed §6.1: counts the queries of a team create, a member add and a settings update inside the target, in a transaction
 * that is rolled back, and writes `baseline/query_counts.txt` or `after/query_counts.txt`. Whatever stands in its way is
 * status `unknown` with the reason: the counts decide nothing, so they may not stop a run. Run twice, it counts twice;
 * only sequences of the target's database have gone on. @throws EvidenceUnwritable.
 */
export async function countQueries(
  services: Services,
  input: CountQueriesInput,
  signal: AbortSignal,
): Promise<QueriesObservation> {
  const { answer, result } = await ask(services, input, signal);
  const operations = answer.operations.map(({ operation, request, transaction, hooks, commitHooks }) => ({
    ...{ operation, request, transaction, hooks, commitHooks },
  }));
  const observation: QueriesObservation = {
    kind: 'queries',
    id: input.observationId,
    at: new Date().toISOString(),
    source: 'framework',
    side: input.side,
    status: answer.operations.length > 0 ? 'counted' : 'unknown',
    dualWrite: answer.dualWrite,
    operations,
    outsideRange: outsideRange(operations),
    reason: answer.problems.length === 0 ? null : answer.problems.join('; '),
  };
  const text = queryCountText({
    answer,
    observation,
    baseline: input.baseline,
    outside: input.outside,
    result,
  });
  await writeEvidenceFile(input.evidence, queryCountFile(input.side), text);
  return observation;
}

async function ask(
  { target, environment, databases }: Services,
  { tag }: CountQueriesInput,
  signal: AbortSignal,
): Promise<{ readonly answer: QueryAnswer; readonly result: CommandResult | null }> {
  const { settings } = environment;
  const { authentication } = settings.api;
  if (authentication.kind !== 'password') {
    const reason =
      'with a static token the user is not known whose requests would be counted (api.authentication)';
    return { answer: nothing(reason), result: null };
  }
  try {
    const [gameId] = await databases.withDatabase(environment, signal, async (session) => {
      const found = await findTables(session, settings.database.tables);
      return freeGames(session, found, {
        settings,
        query: { count: 1, preferMapped: true, owner: settings.api.authentication },
      });
    });
    if (gameId === undefined)
      return { answer: nothing('there is no free game id for a test team (testData.games)'), result: null };
    const code = queryCountCode({ settings, username: authentication.username, gameId, tag });
    const result = await target.runManagement(['shell', '-c', code], { signal, timeoutMs: TIMEOUT_MS });
    signal.throwIfAborted();
    return { answer: queryAnswer(result), result };
  } catch (error) {
    signal.throwIfAborted();
    return { answer: nothing(`the count could not be started: ${textOf(error)}`), result: null };
  }
}
