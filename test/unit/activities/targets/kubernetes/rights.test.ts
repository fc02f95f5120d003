import { describe, expect, test } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { parseAllDocuments } from 'yaml';
import {
  rightsFor,
  rightText,
  SEED_NAMES,
  type Right,
} from '../../../../../activities/targets/kubernetes/rights.js';
import {
  roleManifest,
  roleRules,
  type RoleRule,
} from '../../../../../activities/targets/kubernetes/role-manifest.js';

/** Everything that rules allow, one text a right, worked out apart from how they are made. */
function allowedBy(rules: readonly RoleRule[]): string[] {
  return rules
    .flatMap(({ apiGroups, resources, resourceNames = ['*'], verbs }) =>
      apiGroups.flatMap((group) =>
        resources.flatMap((resource) =>
          resourceNames.flatMap((name) => verbs.map((verb) => `${verb} ${group} ${resource} ${name}`)),
        ),
      ),
    )
    .sort();
}
const asked = (rights: readonly Right[]) =>
  [
    ...new Set(
      rights.map(({ verb, group, resource, name }) => `${verb} ${group} ${resource} ${name ?? '*'}`),
    ),
  ].sort();

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly rules?: readonly RoleRule[];
  readonly roleRef?: object;
  readonly subjects?: readonly object[];
}

describe('deploy/kubernetes/role.yaml', () => {
  const documents = async () => {
    const path = new URL('../../../../../deploy/kubernetes/role.yaml', import.meta.url);
    return parseAllDocuments(await readFile(path, 'utf8')).map((document) => document.toJS() as Manifest);
  };

  test('allows exactly the list', async () => {
    const roles = (await documents()).filter(({ kind }) => /role$/i.test(kind));
    expect(roles.map(({ kind }) => kind)).toEqual(['Role']);
    expect(allowedBy(roles[0]?.rules ?? [])).toEqual(asked(rightsFor(SEED_NAMES)));
  });

  test('is what the list makes, and binds the Role to the one service account', async () => {
    const made = roleManifest(rightsFor(SEED_NAMES), { namespace: 'deltacrown', name: 'readiness' });
    const found = await documents();
    expect(found).toEqual(parseAllDocuments(made).map((document) => document.toJS() as Manifest));
    expect(found.map(({ kind }) => kind)).toEqual(['ServiceAccount', 'Role', 'RoleBinding']);
    expect(found[2]).toMatchObject({
      roleRef: { kind: 'Role', name: 'readiness' },
      subjects: [{ kind: 'ServiceAccount', name: 'readiness', namespace: 'deltacrown' }],
    });
  });

  test('no wildcard, no Secret, no deletion, nothing written but the two objects', async () => {
    const role = (await documents()).find(({ kind }) => kind === 'Role');
    for (const { apiGroups, resources, resourceNames, verbs } of role?.rules ?? []) {
      expect([...apiGroups, ...resources, ...verbs]).not.toContain('*');
      expect(resources).not.toContain('secrets');
      if (verbs.includes('patch')) expect(resourceNames).toHaveLength(1);
    }
  });
});

describe('the list of rights', () => {
  test('method A needs no ConfigMap', () => {
    const rights = rightsFor({ deployment: 'web', configMap: null }).map(rightText);
    expect(rights).toContain('patch deployments.apps web');
    expect(rights.filter((text) => text.includes('configmap'))).toEqual([]);
  });

  test('objects that the container takes variables from, beside the one that is written', () => {
    const sources = [
      { kind: 'ConfigMap', name: 'c' },
      { kind: 'Secret', name: 'c' },
      { kind: 'ConfigMap', name: 'other' },
    ] as const;
    const rights = rightsFor({ deployment: 'web', configMap: 'c', sources }).map(rightText);
    expect(rights.filter((text) => /configmaps|secrets/.test(text))).toEqual([
      'get configmaps c',
      'patch configmaps c',
      'get secrets c',
      'get configmaps other',
    ]);
    expect(new Set(rights).size).toBe(rights.length);
  });
});

test('for any list: the rules allow exactly what it holds', () => {
  const right: fc.Arbitrary<Right> = fc.record({
    verb: fc.constantFrom('get', 'list', 'create', 'patch'),
    group: fc.constantFrom('', 'apps'),
    resource: fc.constantFrom('pods', 'pods/exec', 'configmaps'),
    name: fc.constantFrom('a', 'b', null),
    why: fc.constant(''),
  });
  fc.assert(
    fc.property(fc.array(right), (rights) => {
      expect(allowedBy(roleRules(rights))).toEqual(asked(rights));
    }),
  );
});
