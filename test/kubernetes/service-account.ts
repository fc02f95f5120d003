import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CoreV1Api, KubernetesObjectApi, loadAllYaml, PatchStrategy } from '@kubernetes/client-node';
import { stringify } from 'yaml';
import type { Right } from '../../activities/targets/kubernetes/rights.js';
import { roleRules } from '../../activities/targets/kubernetes/role-manifest.js';
import { projectFile } from './project-file.js';
import type { Cluster } from '../cluster/cluster.js';
import { clientConfig } from '../cluster/ready.js';
import { SECRETS } from '../cluster/web-manifests.js';

const ACCOUNT = 'readiness';
const FURTHER = 'readiness-further';

/** The account has exactly these rights in the namespace from now on, as soon as the server knows it. */
export async function grantRights(
  cluster: Cluster,
  namespace: string,
  rights: readonly Right[],
): Promise<void> {
  const objects = KubernetesObjectApi.makeApiClient(clientConfig(cluster.kubeconfig));
  const role = {
    ...{ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata: { name: ACCOUNT, namespace } },
    rules: roleRules(rights),
  };
  await objects.patch(role, undefined, undefined, 'readiness-test', true, PatchStrategy.ServerSideApply);
}

/** Applies `deploy/kubernetes/role.yaml`, and gives the path of a kubeconfig that has its rights and no others. */
export async function leastRights(cluster: Cluster, folder: string, namespace: string): Promise<string> {
  const config = clientConfig(cluster.kubeconfig);
  const objects = KubernetesObjectApi.makeApiClient(config);
  for (const object of loadAllYaml(await projectFile('deploy/kubernetes/role.yaml')))
    await objects.patch(object, undefined, undefined, 'readiness-test', true, PatchStrategy.ServerSideApply);
  // As the manifest says: `get` on each further object that the container takes variables from.
  const further = {
    ...{ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata: { name: FURTHER, namespace } },
    rules: [{ apiGroups: [''], resources: ['secrets'], resourceNames: [SECRETS], verbs: ['get'] }],
  };
  const binding = {
    ...{
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: { name: FURTHER, namespace },
    },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: FURTHER },
    subjects: [{ kind: 'ServiceAccount', name: ACCOUNT, namespace }],
  };
  for (const object of [further, binding])
    await objects.patch(object, undefined, undefined, 'readiness-test', true, PatchStrategy.ServerSideApply);
  const { status } = await config.makeApiClient(CoreV1Api).createNamespacedServiceAccountToken({
    name: ACCOUNT,
    namespace,
    body: { spec: { audiences: [], expirationSeconds: 7200 } },
  });
  const { server, caFile, caData } = config.getCurrentCluster() ?? {};
  const path = join(folder, `kubeconfig-${namespace}`);
  const text = stringify({
    ...{ apiVersion: 'v1', kind: 'Config', 'current-context': ACCOUNT },
    clusters: [
      {
        name: 'tests',
        cluster: {
          server,
          ...(caFile === undefined ? {} : { 'certificate-authority': caFile }),
          ...(caData === undefined ? {} : { 'certificate-authority-data': caData }),
        },
      },
    ],
    users: [{ name: ACCOUNT, user: { token: status?.token } }],
    contexts: [{ name: ACCOUNT, context: { cluster: 'tests', user: ACCOUNT, namespace } }],
  });
  await writeFile(path, text, { mode: 0o600 });
  return path;
}
