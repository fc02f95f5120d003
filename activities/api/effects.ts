import { sleep } from '@temporalio/activity';
import type { EnvironmentSettings } from '../../environment/settings.js';
import { effectOf, type AskedRows, type Effect } from '../../procedure/asked-rows.js';
import type { FlowNumber } from '../../procedure/flows.js';
import type { Session } from '../database/database.js';
import { readStanding } from '../database/standing-rows.js';
import { findTables } from '../database/tables.js';
import { FIRST_ROLE, newSettings, SECOND_ROLE } from './flows.js';
import { outcomeOfSample, type LatencySample } from './latency-report.js';
import type { FlowServices } from './run-flow.js';
import { usersOf } from './session.js';

/** A row may be committed after the answer (a queue, a pooler): so long it is looked for again. */
const PATIENCE_MS = 3000;
const POLL_MS = 250;

/** One write whose rows are looked at. */
export interface Written {
  readonly asked: AskedRows;
  readonly teamName: string;
  /** `null` = only the name is known. */
  readonly teamId: number | null;
}

/** What a flow asks for, whichever team it works on. */
export function askedOf(
  flow: FlowNumber,
  settings: EnvironmentSettings,
  about: {
    readonly teamName: string;
    /** `null` = not known any more. */
    readonly gameId: number | null;
    /** Index of the user who owns the team (`usersOf`). */
    readonly user: number;
    readonly membershipId: number | null;
  },
): AskedRows {
  const { testData } = settings;
  const { teamName, gameId, membershipId: id } = about;
  const owner = usersOf(settings)[about.user];
  const team = {
    name: teamName,
    // With a static token nobody knows whose it is.
    ...(owner?.kind === 'password' ? { owner: owner.username } : {}),
    ...(gameId === null ? {} : { game_id: String(gameId) }),
  };
  const person = testData.member;
  switch (flow) {
    case 1:
      return { team: { ...team, region: testData.region } };
    case 2:
      return { team, member: { person, id, state: 'active', role: FIRST_ROLE } };
    case 3:
      return { team, member: { person, id, state: 'active', role: SECOND_ROLE } };
    case 4: {
      const { region, description } = newSettings({ testData, teamName, gameId: 0, context: null });
      return { team: { ...team, region, description } };
    }
    case 5:
      return { team, member: { person, id, state: 'left' } };
  }
}

/** Reads the new rows of these writes, again and again while one is not as asked, for a few seconds at most. */
export async function effectsOf(services: FlowServices, writes: readonly Written[]): Promise<Effect[]> {
  if (writes.length === 0) return [];
  const { databases, environment, signal } = services;
  const until = performance.now() + PATIENCE_MS;
  for (;;) {
    const effects = await databases.withDatabase(environment, signal, (session) =>
      readEffects(session, environment.settings, writes),
    );
    const left = until - performance.now();
    if (left <= 0 || effects.every(({ differences }) => differences.length === 0)) return effects;
    await sleep(Math.min(POLL_MS, left));
  }
}

/**
 * The samples of a series, each that was answered well (or that stands without an answer) compared with what it asked
 * for. One without effect is no success: it loses its time, and its note says what stands.
 */
export async function withEffects(
  services: FlowServices,
  samples: readonly LatencySample[],
  writtenBy: (sample: LatencySample) => Written,
): Promise<{ readonly samples: readonly LatencySample[]; readonly notCompared: readonly string[] }> {
  const looked = samples.filter((sample) => ['ok', 'left-out'].includes(outcomeOfSample(sample)));
  const effects = await effectsOf(services, looked.map(writtenBy));
  const of = new Map(looked.map((sample, at) => [sample, effects[at]]));
  return {
    samples: samples.map((sample) => {
      const differences = of.get(sample)?.differences ?? [];
      if (differences.length === 0) return sample;
      const answer = sample.status === null ? 'no answer kept' : `HTTP ${String(sample.status)}`;
      return {
        ...sample,
        ms: null,
        note: `failed: ${answer}, but ${differences.join('; ')}`,
        withoutEffect: true,
      };
    }),
    notCompared: [...new Set(effects.flatMap(({ notCompared }) => notCompared))].sort(),
  };
}

async function readEffects(
  session: Session,
  settings: EnvironmentSettings,
  writes: readonly Written[],
): Promise<Effect[]> {
  const found = await findTables(session, settings.database.tables);
  const teams = await readStanding(session, found, {
    ids: writes.flatMap(({ teamId }) => (teamId === null ? [] : [teamId])),
    names: writes.map(({ teamName }) => teamName),
  });
  return writes.map(({ asked, teamId, teamName }) =>
    effectOf(
      asked,
      // The one that was meant first, whatever it is called now; others of its name are too many.
      [
        ...teams.filter(({ id }) => id === teamId),
        ...teams.filter(({ id, name }) => id !== teamId && name === teamName),
      ],
    ),
  );
}
