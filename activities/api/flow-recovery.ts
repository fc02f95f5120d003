import type { EnvironmentSettings } from '../../environment/settings.js';
import type { FlowContext, RunFlowInput } from '../contract.js';
import type { Session } from '../database/database.js';
import { findMembership, findTeam, findTeamsByName } from '../database/lookups.js';
import { findTables, type FoundTables } from '../database/tables.js';
import { newSettings, SECOND_ROLE } from './flows.js';

/** What is to be found out before a flow is sent. */
export interface RecoveryQuestion {
  readonly input: RunFlowInput;
  readonly settings: EnvironmentSettings;
  /** Try of the step, from 1. Only from the second on can a row that stands as wanted be our own doing. */
  readonly attempt: number;
}

/**
 * The context that a flow would lead to, when an earlier try of it has written its row already and only the answer was
 * lost; `null` = the request has to be sent. Team and membership are looked for on every try (their names are the
 * run's own, so nobody else makes them), the changes of flows 3 to 5 on repetitions only.
 */
export async function findDone(session: Session, question: RecoveryQuestion): Promise<FlowContext | null> {
  const { input, settings, attempt } = question;
  const found = await findTables(session, settings.database.tables);
  if (input.flow === 1) return teamByName(session, found, input.teamName);
  const { context } = input;
  if (context === null) return null;
  if (input.flow !== 2 && attempt === 1) return null;
  switch (input.flow) {
    case 2: {
      const member = await testMember(session, found, question);
      return member?.status === 'ACTIVE' ? { ...context, membershipId: member.id } : null;
    }
    case 3:
      return (await testMember(session, found, question))?.role === SECOND_ROLE ? context : null;
    case 4: {
      const team = await findTeam(session, found, context.teamId);
      const wanted = newSettings({ ...input, testData: settings.testData });
      return team?.region === wanted.region && team.description === wanted.description ? context : null;
    }
    case 5: {
      const member = await testMember(session, found, question);
      return member !== null && member.status !== 'ACTIVE' ? context : null;
    }
  }
}

/** The context of an answer that lacks ids: the team by its name, the membership by its user. */
export async function completeContext(
  session: Session,
  question: Pick<RecoveryQuestion, 'input' | 'settings'>,
): Promise<FlowContext | null> {
  const { input, settings } = question;
  const found = await findTables(session, settings.database.tables);
  if (input.flow === 1) return teamByName(session, found, input.teamName);
  if (input.context === null) return null;
  const member = await testMember(session, found, question);
  return { ...input.context, membershipId: member?.id ?? null };
}

async function teamByName(session: Session, found: FoundTables, name: string): Promise<FlowContext | null> {
  const [team] = await findTeamsByName(session, found, [name]);
  return team?.slug == null ? null : { teamId: team.id, teamSlug: team.slug, membershipId: null };
}

function testMember(
  session: Session,
  found: FoundTables,
  { input, settings }: Pick<RecoveryQuestion, 'input' | 'settings'>,
): ReturnType<typeof findMembership> {
  return findMembership(session, found, {
    teamId: input.context?.teamId ?? 0,
    username: settings.testData.member,
  });
}
