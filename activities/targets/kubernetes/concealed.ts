import type { V1Container, V1Deployment } from '@kubernetes/client-node';
import { FLAG_NAMES } from '../../../procedure/flags.js';
import { canonicalJson, sha256 } from '../../plan/canonical.js';
import { RESTARTED_AT } from './env-patch.js';

/** Of a container these say what they are; everything else only whether it is the same. */
const PLAIN_OF_CONTAINER = ['name', 'image'] as const;
const PLAIN_OF_DEPLOYMENT = ['replicas', 'paused'] as const;
const DIGITS = 16;

/**
 * A Deployment by which two looks can be compared (`deploymentDrift`), and which gives nothing away: variables but for the
 * four, arguments, volumes and all the rest are there as digests only, for one of them may hold a secret. Pure.
 */
export function concealed({ metadata, spec }: V1Deployment): V1Deployment {
  const salt = metadata?.uid ?? '';
  const digest = (value: unknown): string =>
    sha256(`${salt}\n${canonicalJson(value ?? null)}`).slice(0, DIGITS);
  const digests = (all: object | undefined, plain: readonly string[]): Record<string, unknown> =>
    Object.fromEntries(
      Object.entries(all ?? {})
        .filter(([, value]) => value !== undefined)
        .map(([key, value]) => [key, plain.includes(key) ? value : digest(value)]),
    );
  const container = (one: V1Container): Record<string, unknown> => ({
    ...digests(one, PLAIN_OF_CONTAINER),
    ...(one.env === undefined
      ? {}
      : {
          env: one.env.map(({ name, ...rest }) =>
            FLAG_NAMES.some((flag) => flag === name) ? { name, ...rest } : { name, value: digest(rest) },
          ),
        }),
  });
  const { template, ...others } = spec ?? {};
  const { containers = [], ...pod } = template?.spec ?? {};
  return {
    metadata: { uid: metadata?.uid, name: metadata?.name },
    spec: {
      ...digests(others, PLAIN_OF_DEPLOYMENT),
      template: {
        metadata: {
          labels: digests(template?.metadata?.labels, []),
          annotations: digests(template?.metadata?.annotations, [RESTARTED_AT]),
        },
        spec: { ...digests(pod, []), containers: containers.map(container) },
      },
    },
  } as unknown as V1Deployment;
}
