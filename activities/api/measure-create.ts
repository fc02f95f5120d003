import { activityInfo, heartbeat } from '@temporalio/activity';
import { latencyFile } from '../../procedure/evidence-names.js';
import type { MeasureLatencyInput, MeasureLatencyOutput } from '../contract.js';
import type { Session } from '../database/database.js';
import { freeGames } from '../database/free-games.js';
import { findTeamsByPrefix, type TeamRow } from '../database/lookups.js';
import { findTables } from '../database/tables.js';
import { writeEvidenceFile } from '../support/files.js';
import { buildFlowRequest } from './flows.js';
import {
  plansOf,
  prefixOf,
  progressOf,
  seriesOf,
  type LatencyProgress,
  type PlannedCreate,
} from './latency-plan.js';
import { latencyText, observationOf, type LatencySample } from './latency-report.js';
import { requestPatiently } from './patience.js';
import { describeError, type ApiResponse } from './response.js';
import type { FlowServices } from './run-flow.js';

/** How often it tells that it is alive; one create seldom takes longer. */
const BEAT_MS = 1000;

/**
 * seed §6.3: warm-up and measured creates, one after another, each for a (owner, game) pair of its own. Repeated, it
 * goes on where it was: a name that exists is not made again, its time comes from the last heartbeat or is left out.
 * A 429 ends the measurement unless its wait is short. Throws TargetUnreachable when an answer does not come.
 */
export async function measureTeamCreate(
  services: FlowServices,
  input: MeasureLatencyInput,
): Promise<MeasureLatencyOutput> {
  const startedAt = new Date().toISOString();
  const { attempt } = activityInfo();
  const details: unknown = activityInfo().heartbeatDetails;
  const earlier = progressOf(details);
  // What an earlier try knew must survive a further one, also when this try never gets to make a request.
  let progress: LatencyProgress | null = earlier;
  const beat = (): void => {
    heartbeat(progress ?? undefined);
  };
  const timer = setInterval(beat, BEAT_MS);
  try {
    const existing = await inDatabase(services, (session) => teamsOf(services, session, input));
    const names = existing.map((team) => team.name);
    const series = seriesOf(input, { attempt, names, progress: earlier });
    const plans = plansOf(input, series);
    const games = await freeGamesFor(services, plans.length);
    const work = {
      plans,
      existing: new Set(names),
      games,
      earlier: attempt > 1 ? (earlier?.done ?? []) : [],
    };
    const samples: LatencySample[] = [];
    const ended = await createAll(services, work, (sample) => {
      samples.push(sample);
      progress = { series, done: samples };
      beat();
    });
    const file = latencyFile(input.side);
    await writeEvidenceFile(
      input.evidence,
      file,
      latencyText({ side: input.side, samples, ended, startedAt }),
    );
    const made = await inDatabase(services, (session) => teamsOf(services, session, input));
    const observation = observationOf({ id: input.observationId, side: input.side, samples });
    return { observation, teamIds: made.map((team) => team.id), file };
  } finally {
    clearInterval(timer);
  }
}

interface Work {
  readonly plans: readonly PlannedCreate[];
  readonly existing: ReadonlySet<string>;
  readonly games: readonly number[];
  readonly earlier: readonly LatencySample[];
}

/** Returns why it ended early, `null` when every planned create was tried. */
async function createAll(
  services: FlowServices,
  work: Work,
  keep: (sample: LatencySample) => void,
): Promise<string | null> {
  const games = [...work.games];
  for (const plan of work.plans) {
    services.signal.throwIfAborted();
    const before = work.earlier.find((sample) => sample.label === plan.label && sample.status !== 429);
    if (before !== undefined) {
      // Also a create that was refused: it is one of the failures, and is not tried again.
      keep(before);
      continue;
    }
    if (work.existing.has(plan.name)) {
      keep({
        ...plan,
        status: null,
        ms: null,
        note: 'left out: made by an earlier try, its answer was lost',
      });
      continue;
    }
    const gameId = games.shift();
    if (gameId === undefined)
      return 'no free (owner, game) pair is left; widen testData.games or clean up old test teams';
    const response = await create(services, plan, gameId);
    keep(sampleOf(plan, response));
    if (response.kind === 'throttled') return describeError(response);
  }
  return null;
}

function create(
  { sessions, environment, signal }: FlowServices,
  plan: PlannedCreate,
  gameId: number,
): Promise<ApiResponse> {
  const { testData } = environment.settings;
  const built = buildFlowRequest(1, { testData, teamName: plan.name, gameId, context: null });
  if (!built.ok) throw new RangeError(built.reason);
  return requestPatiently(sessions, environment, { ...built.request, signal });
}

function sampleOf({ label, warmUp }: PlannedCreate, response: ApiResponse): LatencySample {
  const success = response.kind === 'answer' && (response.status === 200 || response.status === 201);
  const note = response.kind === 'throttled' ? describeError(response) : `failed: ${describeError(response)}`;
  return {
    label,
    warmUp,
    status: response.status,
    ms: success ? response.ms : null,
    note: success ? null : note,
  };
}

/** The mapped games stay free for the smoke flows, where the legacy game is compared. */
function freeGamesFor(services: FlowServices, count: number): Promise<number[]> {
  const { settings } = services.environment;
  return inDatabase(services, async (session) => {
    const found = await findTables(session, settings.database.tables);
    return freeGames(session, found, { settings, query: { count, preferMapped: false } });
  });
}

/** Every team of this side's measurements, also of an earlier series: what the run has to clean up. */
async function teamsOf(
  services: FlowServices,
  session: Session,
  input: MeasureLatencyInput,
): Promise<TeamRow[]> {
  const found = await findTables(session, services.environment.settings.database.tables);
  return findTeamsByPrefix(session, found, prefixOf(input));
}

function inDatabase<T>(services: FlowServices, fn: (session: Session) => Promise<T>): Promise<T> {
  return services.databases.withDatabase(services.environment, services.signal, fn);
}
