import { KUBERNETES_NAME, duration, section, text, texts, type SchemaNode } from './schema-node.js';

const DEPLOYMENT: Readonly<Record<string, SchemaNode>> = {
  kubeconfig: {
    type: ['string', 'null'],
    title: 'Kubeconfig',
    description:
      "Path of a kubeconfig file on the worker's machine. Without one the service account of the worker's own pod is used.",
    default: null,
    minLength: 1,
    examples: ['/run/secrets/kubeconfig'],
  },
  context: {
    type: ['string', 'null'],
    title: 'Context',
    description: 'A context of that file; without it the current one.',
    default: null,
    minLength: 1,
    examples: ['staging'],
  },
  namespace: text(
    {
      title: 'Namespace',
      description: 'Namespace of the Deployment; it must be in allow.namespaces.',
      default: 'deltacrown',
      examples: ['deltacrown'],
    },
    KUBERNETES_NAME,
  ),
  deployment: text(
    {
      title: 'Deployment',
      description: 'The Deployment that serves the API.',
      default: 'deltacrown-web',
      examples: ['deltacrown-web'],
    },
    KUBERNETES_NAME,
  ),
  container: text(
    {
      title: 'Container',
      description: 'The container of its pods that serves the API.',
      default: 'web',
      examples: ['web'],
    },
    KUBERNETES_NAME,
  ),
  manage: section(
    {
      title: 'Management command',
      description: 'How manage.py is called in that container, in its own working folder and environment.',
      examples: [{ command: ['python', 'manage.py'] }],
    },
    {
      command: texts(
        {
          title: 'Command',
          description: 'argv up to and including manage.py.',
          default: ['python', 'manage.py'],
          examples: [['python', 'manage.py']],
        },
        { minItems: 1 },
      ),
    },
  ),
  python: text({
    title: 'Python',
    description: 'The Python in that container, by which its serving processes are found and read.',
    default: 'python',
    examples: ['python', '/usr/bin/python3'],
  }),
  rolloutTimeout: duration({
    title: 'Rollout timeout',
    description:
      'How long one rollout may take until every serving process has the new values and the readiness path answers 200; at most 8m.',
    default: '5m',
    examples: ['5m'],
  }),
};

function method(value: string, letter: string): SchemaNode {
  return {
    type: 'string',
    title: 'Method',
    description: `"${value}": seed §2, method ${letter}.`,
    const: value,
    examples: [value],
  };
}

/** Methods A and B of seed §2. */
export const KUBERNETES: readonly SchemaNode[] = [
  section(
    {
      title: 'Method A: Kubernetes, variables of the Deployment',
      description: "The flags stand in the container's own env; one patch changes them and restarts.",
      examples: [{ method: 'kubernetes-env', namespace: 'deltacrown', deployment: 'deltacrown-web' }],
    },
    { method: method('kubernetes-env', 'A'), ...DEPLOYMENT },
  ),
  section(
    {
      title: 'Method B: Kubernetes, ConfigMap',
      description: 'The flags stand in a ConfigMap from which the container takes its variables.',
      examples: [{ method: 'kubernetes-config-map', configMap: 'deltacrown-config' }],
    },
    {
      method: method('kubernetes-config-map', 'B'),
      configMap: text(
        {
          title: 'ConfigMap',
          description: 'The ConfigMap with the four variables.',
          default: 'deltacrown-config',
          examples: ['deltacrown-config'],
        },
        KUBERNETES_NAME,
      ),
      ...DEPLOYMENT,
    },
  ),
];
