import { stringify } from 'yaml';
import type { Right } from './rights.js';

/** One rule of a Role (rbac.authorization.k8s.io/v1). */
export interface RoleRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

/** The rules that grant exactly these rights: one a resource and object, so that no verb reaches another one. Pure. */
export function roleRules(rights: readonly Right[]): readonly RoleRule[] {
  const groups = new Map<string, Right[]>();
  for (const right of rights) {
    const key = JSON.stringify([right.group, right.resource, right.name]);
    groups.set(key, [...(groups.get(key) ?? []), right]);
  }
  return [...groups.values()].flatMap((same): RoleRule[] => {
    const [first] = same;
    if (first === undefined) return [];
    const { group, resource, name } = first;
    const verbs = [...new Set(same.map((right) => right.verb))];
    return [
      {
        apiGroups: [group],
        resources: [resource],
        ...(name === null ? {} : { resourceNames: [name] }),
        verbs,
      },
    ];
  });
}

export interface RoleOptions {
  readonly namespace: string;
  /** Of the Role, its binding and the service account. */
  readonly name: string;
}

/** The manifest that a cluster's admin applies: a service account, a Role with exactly these rights, and their binding. Pure. */
export function roleManifest(rights: readonly Right[], { namespace, name }: RoleOptions): string {
  const metadata = { name, namespace };
  const documents = [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
    { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata, rules: roleRules(rights) },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata,
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
      subjects: [{ kind: 'ServiceAccount', name, namespace }],
    },
  ];
  return `${HEADER}${documents.map((document) => stringify(document)).join('---\n')}`;
}

const HEADER = `# The rights that methods A and B need, and nothing more; made by activities/targets/kubernetes/write-role.ts.
# Other names of Deployment or ConfigMap: change them here and in the environment file alike. A container that takes
# variables from further ConfigMaps or Secrets: add "get" on each, or a variable that they hold is found out too late.
`;
