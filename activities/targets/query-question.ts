import type { EnvironmentSettings } from '../../environment/settings.js';
import { smokeTeamName } from '../../procedure/flows.js';
import { QUERY_OPERATIONS } from '../../procedure/query-counts.js';
import { buildFlowRequest } from '../api/flows.js';
import { QUERY_COUNT_SCRIPT, QUERY_MARK } from './query-count-script.js';

/** Stands for the slug that the create of the same transaction gives. */
const SLUG = 'slug-of-the-counted-team';

export interface QuestionInput {
  readonly settings: EnvironmentSettings;
  /** The user of the API whose requests are counted. */
  readonly username: string;
  readonly gameId: number;
  readonly tag: string;
}

/**
 * The code for `manage.py shell -c`: the script and what it is asked, in one line, because indented code is an
 * IndentationError there. The requests are those of the flows, with the same paths and bodies. Holds no secret.
 */
export function queryCountCode(input: QuestionInput): string {
  const decoded = (text: string): string =>
    `base64.b64decode("${Buffer.from(text, 'utf8').toString('base64')}").decode("utf-8")`;
  const question = `json.loads(${decoded(JSON.stringify(questionOf(input)))})`;
  return `import base64, json; exec(${decoded(QUERY_COUNT_SCRIPT)}, {"__name__": "readiness_query_count", "QUESTION": ${question}})`;
}

function questionOf({ settings, username, gameId, tag }: QuestionInput): object {
  const { protocol, host } = new URL(settings.api.baseUrl);
  const context = { teamId: 1, teamSlug: SLUG, membershipId: null };
  const flowInput = {
    ...{ testData: settings.testData, gameId, context },
    // Should a team ever stay, its name says whose it is.
    teamName: smokeTeamName(tag, 'queries'),
  };
  const requests = QUERY_OPERATIONS.flatMap(({ operation, flow }) => {
    const built = buildFlowRequest(flow, flowInput);
    return built.ok
      ? [{ operation, path: built.request.path, body: built.request.body, needsTeam: flow !== 1 }]
      : [];
  });
  return {
    ...{ mark: QUERY_MARK, flag: 'TEAM_VNEXT_DUAL_WRITE_ENABLED', slug: SLUG, username },
    ...{ host, secure: protocol === 'https:', requests },
  };
}
