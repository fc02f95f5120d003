import { activityInfo, heartbeat } from '@temporalio/activity';
import { latencyFile, latencyHistogramFile } from '../../procedure/evidence-names.js';
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
  userOf,
  type LatencyProgress,
  type PlannedCreate,
} from './latency-plan.js';
import { histogramText } from './latency-histogram.js';
import { latencyText, observationOf, type LatencySample } from './latency-report.js';
import { IN_FLIGHT, sendOnSchedule } from './open-model.js';
import { countOutside } from './outside-queries.js';
import { SHORT_WAIT_MS, UNTOLD_WAIT_MS, WAITS } from './patience.js';
import { describeError, type ApiResponse } from './response.js';
import { usersOf } from './session.js';
import type { FlowServices } from './run-flow.js';

/** How often it tells that it is alive; one create seldom takes longer. */
const BEAT_MS = 1000;
/** Of a plan from before the rate was a setting. */
const RATE_PER_SECOND = 4;

/**
 * seed §6.3: warm-up and measured creates, each for a (owner, game) pair of its own, the measured ones at a fixed rate
 * (`open-model.ts`). Repeated, it goes on where it was: a name that exists is not made again, its time comes from the last heartbeat or is left out.
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
      intervalMs: 1000 / (input.ratePerSecond ?? RATE_PER_SECOND),
      earlier: attempt > 1 ? (earlier?.done ?? []) : [],
    };
    const endOfCount = input.queryCounts === true ? await countOutside(services) : null;
    const samples: LatencySample[] = [];
    const ended = await createAll(services, work, (sample) => {
      samples.push(sample);
      progress = { series, done: samples };
      beat();
    });
    const sent = samples.filter((sample) => sample.status !== null && !work.earlier.includes(sample));
    const outsideQueries = await endOfCount?.(sent.length);
    // They came in the order of their answers; people read them in the order in which they were due.
    const order = new Map(plans.map(({ label }, at) => [label, at]));
    samples.sort((left, right) => (order.get(left.label) ?? 0) - (order.get(right.label) ?? 0));
    const file = latencyFile(input.side);
    await writeEvidenceFile(
      input.evidence,
      file,
      latencyText({ side: input.side, operation: 'team_create', samples, ended, startedAt }),
    );
    const histogramFile = latencyHistogramFile(input.side);
    await writeEvidenceFile(
      input.evidence,
      histogramFile,
      histogramText({ side: input.side, operation: 'team_create', samples, startedAt }),
    );
    const made = await inDatabase(services, (session) => teamsOf(services, session, input));
    const observation = {
      ...observationOf({
        id: input.observationId,
        side: input.side,
        operation: 'team_create',
        samples,
      }),
      samplesWanted: input.measured,
      ...(input.claim === undefined ? {} : { claim: input.claim }),
      histogramFile,
      ...(outsideQueries === undefined ? {} : { outsideQueries }),
    };
    return { observation, teamIds: made.map((team) => team.id), file };
  } finally {
    clearInterval(timer);
  }
}

interface Work {
  readonly plans: readonly PlannedCreate[];
  readonly existing: ReadonlySet<string>;
  /** Free ones of each user. */
  readonly games: readonly (readonly number[])[];
  readonly earlier: readonly LatencySample[];
  /** Milliseconds between two creates that are due. */
  readonly intervalMs: number;
}

interface Due {
  readonly plan: PlannedCreate;
  readonly gameId: number;
  readonly user: number;
}

/** Returns why it ended early, `null` when every planned create was tried. */
async function createAll(
  services: FlowServices,
  work: Work,
  keep: (sample: LatencySample) => void,
): Promise<string | null> {
  const games = work.games.map((own) => [...own]);
  const due: Due[] = [];
  let withoutGame = 0;
  for (const plan of work.plans) {
    const known = knownSample(plan, work);
    if (known !== null) {
      keep(known);
      continue;
    }
    const user = userOf(plan.label, games.length);
    const gameId = games[user]?.shift();
    if (gameId === undefined) withoutGame += 1;
    else due.push({ plan, gameId, user });
  }
  const series = (warmUp: boolean): Due[] => due.filter(({ plan }) => plan.warmUp === warmUp);
  // What warms up goes one after another: it is not timed, and must not be in the way of what is.
  const ended =
    (await send(services, { due: series(true), intervalMs: 0, inFlight: 1 }, keep)) ??
    (await send(services, { due: series(false), intervalMs: work.intervalMs, inFlight: IN_FLIGHT }, keep));
  if (ended !== null) return describeError(ended);
  return withoutGame === 0
    ? null
    : `${String(withoutGame)} creates had no free (owner, game) pair; widen testData.games or clean up old test teams`;
}

/** What an earlier try made of this create; `null` when it has still to be made. */
function knownSample(plan: PlannedCreate, work: Work): LatencySample | null {
  // Also a create that was refused: it is one of the failures, and is not tried again.
  const before = work.earlier.find((sample) => sample.label === plan.label && sample.status !== 429);
  if (before !== undefined) return before;
  if (!work.existing.has(plan.name)) return null;
  return { ...plan, status: null, ms: null, note: 'left out: made by an earlier try, its answer was lost' };
}

function send(
  services: FlowServices,
  how: { readonly due: readonly Due[]; readonly intervalMs: number; readonly inFlight: number },
  keep: (sample: LatencySample) => void,
): Promise<ApiResponse | null> {
  return sendOnSchedule<Due, ApiResponse>({
    items: how.due,
    intervalMs: how.intervalMs,
    inFlight: how.inFlight,
    patience: { waitMs: SHORT_WAIT_MS, times: WAITS },
    signal: services.signal,
    send: async (due) => {
      const value = await create(services, due);
      return value.kind === 'throttled'
        ? { kind: 'throttled', value, waitMs: value.retryAfterMs ?? UNTOLD_WAIT_MS }
        : { kind: 'answer', value };
    },
    done: ({ plan }, value, ms) => {
      keep(sampleOf(plan, value, ms));
    },
  });
}

function create(
  { sessions, environment, signal }: FlowServices,
  { plan, gameId, user }: Due,
): Promise<ApiResponse> {
  const { testData } = environment.settings;
  const built = buildFlowRequest(1, { testData, teamName: plan.name, gameId, context: null });
  if (!built.ok) throw new RangeError(built.reason);
  return sessions.request(environment, { ...built.request, user, signal });
}

function sampleOf({ label, warmUp }: PlannedCreate, response: ApiResponse, ms: number): LatencySample {
  const success = response.kind === 'answer' && (response.status === 200 || response.status === 201);
  const note = response.kind === 'throttled' ? describeError(response) : `failed: ${describeError(response)}`;
  return { label, warmUp, status: response.status, ms: success ? ms : null, note: success ? null : note };
}

/** The mapped games stay free for the smoke flows, where the legacy game is compared. */
function freeGamesFor(services: FlowServices, count: number): Promise<number[][]> {
  const { settings } = services.environment;
  return inDatabase(services, async (session) => {
    const found = await findTables(session, settings.database.tables);
    const games: number[][] = [];
    for (const owner of usersOf(settings))
      games.push(await freeGames(session, found, { settings, query: { count, preferMapped: false, owner } }));
    return games;
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
