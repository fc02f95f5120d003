import { activityInfo, heartbeat } from '@temporalio/activity';
import { latencyFile, latencyHistogramFile } from '../../procedure/evidence-names.js';
import { performanceTeamName } from '../../procedure/flows.js';
import type { MeasureLatencyInput, MeasureLatencyOutput } from '../contract.js';
import type { Session } from '../database/database.js';
import { freeGames } from '../database/free-games.js';
import { findTeamsByPrefix, type TeamRow } from '../database/lookups.js';
import { findTables } from '../database/tables.js';
import { writeEvidenceFile } from '../support/files.js';
import { askedOf, withEffects } from './effects.js';
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
import { latencyText, observationOf, outcomeOfSample, type LatencySample } from './latency-report.js';
import { IN_FLIGHT, sendOnSchedule, type Attempt } from './open-model.js';
import { countOutside } from './outside-queries.js';
import { SHORT_WAIT_MS, WAITS } from './patience.js';
import { describeError } from './response.js';
import { usersOf } from './session.js';
import type { FlowServices } from './run-flow.js';
import { describeEnd, InFlight, MADE_AGAIN, outcomeOf, type WriteAnswer } from './timed-write.js';

/** How often it tells that it is alive; one create seldom takes longer. */
const BEAT_MS = 1000;
/** Of a plan from before the rate was a setting. */
const RATE_PER_SECOND = 4;

/**
 * seed §6.3: warm-up and measured creates, each for a (owner, game) pair of its own, the measured ones at a fixed rate
 * (`open-model.ts`). Repeated, it goes on where it was: a name that exists is not made again, its time comes from the last
 * heartbeat or is left out. A create that gets no answer in time is a failure and stays one. A 429 ends the measurement
 * unless its wait is short. Throws TargetUnreachable when the target is away.
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
      sent: new Set(attempt > 1 ? (earlier?.sent ?? []) : []),
    };
    const endOfCount = input.queryCounts === true ? await countOutside(services) : null;
    const made: LatencySample[] = [];
    const flying = new InFlight(services, () => {
      note();
    });
    // What an earlier try had sent stays told until it has a sample.
    const note = (): void => {
      const known = new Set(made.map(({ label }) => label));
      const sent = [...work.sent].filter((label) => !known.has(label));
      progress = { series, done: made, sent: [...new Set([...sent, ...flying.labels])] };
      beat();
    };
    const ended = await createAll(services, { ...work, flying }, (sample) => {
      made.push(sample);
      note();
    });
    const sent = made.filter(
      (sample) =>
        (sample.status !== null || outcomeOfSample(sample) !== 'left-out') && !work.earlier.includes(sample),
    );
    const outsideQueries = await endOfCount?.(sent.length);
    // They came in the order of their answers; people read them in the order in which they were due.
    const order = new Map(plans.map(({ label }, at) => [label, at]));
    made.sort((left, right) => (order.get(left.label) ?? 0) - (order.get(right.label) ?? 0));
    const { samples, notCompared } = await withEffects(services, made, ({ label, gameId = null }) => ({
      teamName: performanceTeamName(input.tag, label),
      teamId: null,
      asked: askedOf(1, services.environment.settings, {
        ...{ teamName: performanceTeamName(input.tag, label), gameId, membershipId: null },
        user: userOf(label, games.length),
      }),
    }));
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
    const teams = await inDatabase(services, (session) => teamsOf(services, session, input));
    const observation = {
      ...observationOf({
        id: input.observationId,
        side: input.side,
        operation: 'team_create',
        samples,
        notCompared,
      }),
      samplesWanted: input.measured,
      ...(input.claim === undefined ? {} : { claim: input.claim }),
      histogramFile,
      ...(outsideQueries === undefined ? {} : { outsideQueries }),
    };
    return { observation, teamIds: teams.map((team) => team.id), file };
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
  /** Labels of what an earlier try had sent when it died. */
  readonly sent: ReadonlySet<string>;
  readonly flying: InFlight;
  /** Milliseconds between two creates that are due. */
  readonly intervalMs: number;
}

interface Due {
  readonly plan: PlannedCreate;
  readonly gameId: number;
  readonly user: number;
  /** It was sent by an earlier try already, so it is made for its team's sake and not timed. */
  readonly untimed: boolean;
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
    else due.push({ plan, gameId, user, untimed: work.sent.has(plan.label) });
  }
  const series = (warmUp: boolean): Due[] => due.filter(({ plan }) => plan.warmUp === warmUp);
  // What warms up goes one after another: it is not timed, and must not be in the way of what is.
  const ended =
    (await send(services, { ...work, due: series(true), intervalMs: 0, inFlight: 1 }, keep)) ??
    (await send(services, { ...work, due: series(false), inFlight: IN_FLIGHT }, keep));
  if (ended !== null) return describeEnd(ended);
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
  const note = 'left out: made by an earlier try, its answer was lost';
  return { ...plan, status: null, ms: null, note, outcome: 'left-out' };
}

function send(
  services: FlowServices,
  how: Pick<Work, 'intervalMs' | 'flying'> & { readonly due: readonly Due[]; readonly inFlight: number },
  keep: (sample: LatencySample) => void,
): Promise<WriteAnswer | null> {
  return sendOnSchedule<Due, WriteAnswer>({
    items: how.due,
    intervalMs: how.intervalMs,
    inFlight: how.inFlight,
    patience: { waitMs: SHORT_WAIT_MS, times: WAITS },
    signal: services.signal,
    send: (due) => create(services, how.flying, due),
    done: (due, value, ms) => {
      keep({ ...sampleOf(due, value, ms), gameId: due.gameId });
    },
  });
}

function create(
  { environment }: FlowServices,
  flying: InFlight,
  { plan, gameId, user }: Due,
): Promise<Attempt<WriteAnswer>> {
  const { testData } = environment.settings;
  const built = buildFlowRequest(1, { testData, teamName: plan.name, gameId, context: null });
  if (!built.ok) throw new RangeError(built.reason);
  return flying.send(plan.label, { ...built.request, user });
}

function sampleOf({ plan, untimed }: Due, answer: WriteAnswer, ms: number): LatencySample {
  const { label, warmUp } = plan;
  const { status } = answer;
  const success = answer.kind === 'answer' && (status === 200 || status === 201);
  if (success)
    return untimed
      ? { label, warmUp, status, ms: null, note: MADE_AGAIN, outcome: 'left-out' }
      : { label, warmUp, status, ms, note: null };
  const note = answer.kind === 'answer' ? `failed: ${describeError(answer)}` : describeEnd(answer);
  return { label, warmUp, status, ms: null, note, outcome: outcomeOf(answer) };
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
