/** One thing that the worker must be allowed to do in the target's namespace. */
export interface Right {
  readonly verb: 'get' | 'list' | 'create' | 'patch';
  /** API group; empty = the core group. */
  readonly group: '' | 'apps';
  /** Resource, with its subresource behind a slash: `pods/exec`. */
  readonly resource: string;
  /** The only object of that kind; `null` = all of the namespace (whoever lists, or names objects not known before). */
  readonly name: string | null;
  /** What it is needed for, for a person who has to grant it. */
  readonly why: string;
}

export interface RightsOptions {
  readonly deployment: string;
  /** Method B: the ConfigMap that is written. `null` = method A. */
  readonly configMap: string | null;
  /** Further objects that the container takes variables from; without them a variable that they hold is found too late. */
  readonly sources?: readonly { readonly kind: 'ConfigMap' | 'Secret'; readonly name: string }[];
}

/** What methods A and B need with the names of seed §2: the rights that `deploy/kubernetes/role.yaml` grants. */
export const SEED_NAMES: RightsOptions = { deployment: 'deltacrown-web', configMap: 'deltacrown-config' };

/** Everything that a run asks of the server, and nothing more. Pure. */
export function rightsFor({ deployment, configMap, sources = [] }: RightsOptions): readonly Right[] {
  const execute = 'read the variables of serving processes, and run manage.py';
  const table: readonly RightLine[] = [
    ['get', 'apps/deployments', deployment, 'read the Deployment: its variables and its rollout'],
    ['patch', 'apps/deployments', deployment, 'set the variables (method A), restart'],
    ['list', 'apps/replicasets', null, 'tell new pods from old ones, and why pods are refused'],
    ['list', 'core/pods', null, 'find the serving pods, and why one does not come up'],
    ['list', 'core/events', null, 'tell failing probes'],
    ['get', 'core/pods/log', null, "read the application's log"],
    // A WebSocket is opened by GET, which servers up to 1.34 take for `get`; newer ones want `create`, as of kubectl.
    ['get', 'core/pods/exec', null, execute],
    ['create', 'core/pods/exec', null, execute],
  ];
  const written: readonly RightLine[] =
    configMap === null
      ? []
      : [
          ['get', 'core/configmaps', configMap, 'read the ConfigMap'],
          ['patch', 'core/configmaps', configMap, 'set the variables (method B)'],
        ];
  const read = sources
    .filter(({ kind, name }) => kind === 'Secret' || name !== configMap)
    .map(({ kind, name }): RightLine => {
      const resource = kind === 'Secret' ? 'core/secrets' : 'core/configmaps';
      return ['get', resource, name, 'see whether it sets one of the variables'];
    });
  return [...table, ...written, ...read].map(([verb, path, name, why]) => {
    const [group, ...resource] = path.split('/');
    return { verb, group: group === 'apps' ? 'apps' : '', resource: resource.join('/'), name, why };
  });
}

/** `patch deployments.apps deltacrown-web`, for messages. */
export function rightText({ verb, group, resource, name }: Right): string {
  const [kind = '', subresource] = resource.split('/');
  const full = `${kind}${group === '' ? '' : `.${group}`}${subresource === undefined ? '' : `/${subresource}`}`;
  return name === null ? `${verb} ${full}` : `${verb} ${full} ${name}`;
}

/** Whether two rights allow the same. */
export function sameRight(left: Right, right: Right): boolean {
  return rightText(left) === rightText(right);
}

type RightLine = readonly [
  verb: Right['verb'],
  path: `${'apps' | 'core'}/${string}`,
  name: string | null,
  why: string,
];
