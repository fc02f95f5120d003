import { requestsASide } from '../procedure/latency/operations.js';
import type { SampleSettings } from '../procedure/plan.js';
import type { Problem } from '../procedure/problem.js';
import type { EnvironmentSettings } from './settings.js';

/** Of what the target lets one user send in an hour; the rest is for the flows, the soak, and whoever else uses the account. */
const SHARE = 0.7;

/** One user must not be throttled by the measurement: a 429 ends it, and then there is no verdict. */
export function budgetProblems({
  api,
  samples,
}: Pick<EnvironmentSettings, 'api'> & { readonly samples: SampleSettings }): Problem[] {
  const again = samples.secondBaseline === true ? samples.measured + samples.warmUp : 0;
  const requests = 2 * requestsASide(samples) + again;
  const users = 1 + api.moreUsers.length;
  const most = Math.floor(api.requestsPerHour * SHARE);
  if (requests / users <= most) return [];
  return [
    {
      path: 'api.moreUsers',
      message: `the performance test sends ${String(requests)} requests${again === 0 ? '' : `, ${String(again)} of them after a rollback`}, with ${String(users)} user(s) ${String(Math.ceil(requests / users))} each; over ${String(most)} (70 % of api.requestsPerHour) the target's throttle is near. Add a user, or lower samples`,
    },
  ];
}
