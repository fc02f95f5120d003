import type {
  KubernetesObject,
  V1ConfigMap,
  V1Deployment,
  V1EnvVar,
  V1Secret,
  V1Volume,
} from '@kubernetes/client-node';

import { BASELINE_FLAGS } from '../../lab/env-file.js';
import { newPassword } from '../../lab/files.js';
import { WEB_IMAGE } from './settings.js';

/** The names that the runbook uses. */
export const WEB = 'deltacrown-web';
export const CONFIG = 'deltacrown-config';
export const CONTAINER = 'web';
export const WEB_PORT = 8000;

/** The label of a namespace that tests have made; in another's they touch nothing. */
export const OURS = { 'app.kubernetes.io/managed-by': 'readiness-test' };

/** Where the pods find the active faults. */
export const FAULTS_FOLDER = '/faults';
export const FAULTS_NAME = 'active';

/** The Secret that the container takes variables from too. */
export const SECRETS = 'deltacrown-secrets';

/** Where the four flags stand: in the Deployment's `env`, or in the ConfigMap that it takes by `envFrom`. */
export type Method = 'A' | 'B';

/** What decides about the application's objects. */
export interface WebSettings {
  readonly namespace: string;
  readonly replicas: number;
  readonly method: Method;
  /** As the pods reach it. */
  readonly databaseUrl: string;
  /** Other values of the flags than the baseline, or more variables (`LOG_FORMAT`, `THROTTLE_ANON`, …). */
  readonly environment: Readonly<Record<string, string>>;
  readonly workers: number;
  /** Where the folder of the faults comes from. */
  readonly faults: Omit<V1Volume, 'name'>;
}

/** All objects of the application, in the order in which they are applied. */
export function webManifests(settings: WebSettings): KubernetesObject[] {
  const metadata = (name: string) => ({ name, namespace: settings.namespace });
  const flags = Object.fromEntries(
    Object.entries(BASELINE_FLAGS).map(([name, value]) => [name, settings.environment[name] ?? value]),
  );
  const others = Object.entries(settings.environment).filter(([name]) => !(name in flags));
  const config: V1ConfigMap = {
    ...{ apiVersion: 'v1', kind: 'ConfigMap', metadata: metadata(CONFIG) },
    data: {
      // The probes and the tests ask for pods by their addresses.
      ...{ ALLOWED_HOSTS: '*', WEB_WORKERS: String(settings.workers) },
      ...Object.fromEntries(others),
      ...(settings.method === 'B' ? flags : {}),
    },
  };
  const secrets: V1Secret = {
    ...{ apiVersion: 'v1', kind: 'Secret', metadata: metadata(SECRETS) },
    stringData: { DATABASE_URL: settings.databaseUrl, DJANGO_SECRET_KEY: newPassword() },
  };
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: settings.namespace, labels: OURS } },
    config,
    secrets,
    deployment(settings, settings.method === 'A' ? flags : {}),
  ];
}

function deployment(settings: WebSettings, flags: Readonly<Record<string, string>>): V1Deployment {
  const labels = { app: WEB };
  const env: V1EnvVar[] = [
    ...Object.entries(flags).map(([name, value]) => ({ name, value })),
    { name: 'LAB_FAULTS_FILE', value: `${FAULTS_FOLDER}/${FAULTS_NAME}` },
  ];
  return {
    ...{ apiVersion: 'apps/v1', kind: 'Deployment' },
    metadata: { name: WEB, namespace: settings.namespace, labels },
    spec: {
      replicas: settings.replicas,
      selector: { matchLabels: labels },
      // A new pod has to be ready before an old one goes.
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      template: {
        metadata: { labels },
        spec: {
          terminationGracePeriodSeconds: 5,
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          containers: [
            {
              ...{ name: CONTAINER, image: WEB_IMAGE, imagePullPolicy: 'Never', env },
              envFrom: [{ configMapRef: { name: CONFIG } }, { secretRef: { name: SECRETS } }],
              ports: [{ containerPort: WEB_PORT }],
              readinessProbe: {
                httpGet: { path: '/readiness/', port: WEB_PORT },
                ...{ periodSeconds: 1, timeoutSeconds: 5, failureThreshold: 3 },
              },
              resources: { requests: { cpu: '10m', memory: '64Mi' }, limits: { memory: '512Mi' } },
              volumeMounts: [{ name: 'faults', mountPath: FAULTS_FOLDER, readOnly: true }],
            },
          ],
          volumes: [{ name: 'faults', ...settings.faults }],
        },
      },
    },
  };
}
